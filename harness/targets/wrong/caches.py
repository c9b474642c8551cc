"""Wrong memory: what a gateway keeps of an earlier boot, and hands out when it may not open it any more."""

from __future__ import annotations

from typing import Any

from fake_sombra.crypto import consent, exchange, tokens
from fake_sombra.crypto.key_sets import ConsentKey, KeySets
from fake_sombra.errors import Refusal
from fake_sombra.gateway.calls import Call, Reply
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Edge
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.ingress import TranscendIngress
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.sessions import Sessions
from harness.mutants.mutant import Patches, mutant

FIRST_BLOCK = 64


@mutant("identifiers-kept-in-plain", breaks="G-03", killed_by="cloud-refuses-local")
def identifiers_kept_in_plain(patches: Patches) -> None:
    """Identifiers that were read once come out of a cache when their key does not open any more."""
    _answer_from_memory(patches, Identifiers, "read", lambda given, named: given[0])


@mutant("credentials-kept-in-plain", breaks="G-03", killed_by="cloud-refuses-local")
def credentials_kept_in_plain(patches: Patches) -> None:
    """The credential of an integration comes out of a cache when its data key does not open any more."""
    _answer_from_memory(patches, Integrations, "credential", lambda given, named: given[0])


def _answer_from_memory(patches: Patches, owner: type, name: str, key_of: Any) -> None:
    kept: dict[object, Any] = {}

    def around(original: Any) -> Any:
        async def answering(self: Any, *given: Any, **named: Any) -> Any:
            key = key_of(given, named)
            try:
                kept[key] = await original(self, *given, **named)
            except Refusal:
                if key not in kept:
                    raise
            return kept[key]

        return answering

    patches.wrap(owner, name, around)


@mutant("browser-keys-kept", breaks="G-17", killed_by="roads-closed-after")
def browser_keys_kept(patches: Patches) -> None:
    """A key that was handed to a data subject's browser once is handed out again after the cutover."""
    kept: dict[str, bytes] = {}

    async def rewrap(self: Sessions, *, request_id: str, context: str, session: str, browser_public: bytes) -> Any:
        self.check(session, audience="data_subject")
        try:
            kept[request_id] = await self._contexts.open_(context, request_id=request_id)
        except Refusal:
            if request_id not in kept:
                raise
        private = self._key_sets.first.ecdh_private
        return exchange.rewrap_for_session(private, browser_public, kept[request_id], random=self._random)

    patches.replace(Sessions, "rewrap", rewrap)


@mutant("stale-body-on-error", breaks="G-06", killed_by="files-leak-nothing")
def stale_body_on_error(patches: Patches) -> None:
    """A refused download carries the body that was served before the cutover (stale if error)."""
    kept: dict[str, bytes] = {}

    def remember(original: Any) -> Any:
        async def download(self: CustomerIngress, call: Call) -> Reply:
            reply: Reply = await original(self, call)
            if isinstance(reply.body, bytes):
                kept[_file_of(call)] = reply.body[:FIRST_BLOCK]
            return reply

        return download

    def serve(original: Any) -> Any:
        def refused(self: Edge, call: Call, refusal: Refusal, where: Any) -> Reply:
            reply: Reply = original(self, call, refusal, where)
            stale = kept.get(_file_of(call))
            return reply if stale is None else Reply(reply.status, [], stale)

        return refused

    patches.wrap(CustomerIngress, "_download", remember)
    patches.wrap(Edge, "_refused", serve)


def _file_of(call: Call) -> str:
    key = call.query("downloadKey") or ""
    return str(tokens._claims(key.split(".")[1])["fileId"]) if key.count(".") == 2 else ""  # noqa: SLF001


@mutant("consent-under-last-key", breaks="D-12", killed_by="consent-lookups")
def consent_under_last_key(patches: Patches) -> None:
    """Consent identifiers are made under the last entry's key instead of the first."""

    def last_first(key_sets: KeySets) -> KeySets:
        return KeySets(key_sets.loaded[::-1], key_sets.forgotten, key_sets.consent_keys[::-1])

    patches.wrap(consent, "encrypt", lambda original: lambda key_sets, text: original(last_first(key_sets), text))


@mutant("consent-matches-under-any-key", breaks="D-12", killed_by="consent-lookups")
def consent_matches_under_any_key(patches: Patches) -> None:
    """A look-up of a consent identifier hits under any loaded key, so that a cutover seems to lose none."""

    def around(original: Any) -> Any:
        async def look_up(self: TranscendIngress, call: Call) -> Reply:
            reply: Reply = await original(self, call)
            body = reply.body if isinstance(reply.body, bytes) else b""
            return Reply(reply.status, _sized(reply, body), body.replace(b"false", b"true"))

        return look_up

    patches.wrap(TranscendIngress, "_look_up_consent", around)


@mutant("own-consent-key-not-read", breaks="D-12", killed_by="own-consent-key")
def own_consent_key_not_read(patches: Patches) -> None:
    """CONSENT_IDENTIFIER_ENCRYPTION_KEY is checked at the start and never used."""

    def derived(self: KeySets) -> tuple[ConsentKey, ...]:
        return tuple(ConsentKey(each.fingerprint, each.consent) for each in self.loaded)

    patches.replace(KeySets, "consent_keys", property(derived))


@mutant("first-consent-key-only", breaks="D-12", killed_by="own-consent-key")
def first_consent_key_only(patches: Patches) -> None:
    """Of several consent keys only the first is used, so that rotating it loses what the older one made."""
    patches.wrap(KeySets, "consent_keys", lambda original: property(lambda self: _first_own(self, original)))


def _first_own(key_sets: KeySets, original: Any) -> tuple[ConsentKey, ...]:
    keys: tuple[ConsentKey, ...] = original.fget(key_sets)
    return keys[:1] if key_sets.configured_consent else keys


def _sized(reply: Reply, body: bytes) -> list[tuple[bytes, bytes]]:
    length = len(body.replace(b"false", b"true"))
    return [(name, b"%d" % length if name == b"content-length" else value) for name, value in reply.headers]
