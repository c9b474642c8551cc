"""What Transcend's cloud holds: contexts that name their wrap, keys that are fresh, ciphertexts that say nothing.

What is looked at belongs to requests of the gateway that serves; nothing of a key or a content enters the history:
keys and IVs stand there as ordinals, and what stands in the clear by its name.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.artifacts import Artifact
from harness.rehearsal.arrivals import look_at_arrivals
from harness.rehearsal.browser import Browser
from harness.rehearsal.exchange import HandedOver, context_of, hand_over
from harness.rehearsal.overheard import claims_of, spellings
from harness.rehearsal.rehearsal import Rehearsal

_BLOCK, _IV = 16, 12


@dataclass(slots=True)
class _Ordinals:
    """The same bytes get the same number."""

    _seen: dict[bytes, int] = field(default_factory=dict, repr=False)

    def of(self, content: bytes) -> int:
        return self._seen.setdefault(content, len(self._seen) + 1)


def look_at_stored(r: Rehearsal, requests: Sequence[Artifact], integrations: Sequence[Artifact] = ()) -> None:
    """Read all that is stored of some requests and integrations, and restart the first request for a second key.

    A consent identifier is sealed once more: the same text comes of it as is stored (docs/wire.md).
    """
    keys, ivs = _Ordinals(), _Ordinals()
    for request in requests:
        _look(r, request, keys, ivs)
    first = requests[0]
    r.need("restart", [r.customer.submit(r.ledger.requests[str(first.request)], restart=True)])
    handed = hand_over(r, first.handle["id"], browser=Browser())
    context = context_of(r, first.handle["id"])
    _record(r, first.name, context, **_told(handed, keys, ivs), about=_is_about(r, first, context))
    for integration in integrations:
        _look_at_integration(r, integration)
    for identifier in r.ledger.of("consent_identifier")[:1]:
        _look_at_consent(r, identifier)
    look_at_arrivals(r)


def _look(r: Rehearsal, request: Artifact, keys: _Ordinals, ivs: _Ordinals) -> None:
    request_id = request.handle["id"]
    context = context_of(r, request_id)
    handed = hand_over(r, request_id, browser=Browser())
    sealed, ivs_here = _ciphertexts(r, request_id)
    sets = r.need("identifiers", [r.cloud("GET", f"requests/{request_id}/identifiers")])[0].json["sets"]
    packed = [b64decode(str(each["sealed"])) for each in sets]
    plain = {
        "the content of a file": [each.plaintext for each in r.ledger.of("file") if each.request == request.request],
        "an identifier of a data subject": [r.ledger.requests[str(request.request)].email.encode()],
    }
    _record(
        r,
        request.name,
        context,
        **_told(handed, keys, ivs),
        about=_is_about(r, request, context),
        ivs=[ivs.of(iv) for iv in (*ivs_here, *(each[:_IV] for each in packed))],
        sealed=len(sealed) + len(packed),
        unopened=sum(not _opens(handed.key, each) for each in packed),
        in_clear=sorted(set(_in_clear(context, [*sealed, *packed], handed.key, plain.items()))),
    )


def _told(handed: HandedOver, keys: _Ordinals, ivs: _Ordinals) -> dict[str, object]:
    size, iv = len(handed.key), ivs.of(handed.iv) if handed.iv else 0
    return {"key": keys.of(handed.key), "key_size": size, "handed_iv": iv, "cause": handed.cause}


def _opens(key: bytes, packed: bytes) -> bool:
    """Whether a set of identifiers is sealed under the key of its request (docs/wire.md: iv, ciphertext, tag)."""
    try:
        AESGCM(key).decrypt(packed[:_IV], packed[_IV:], None)
    except (InvalidTag, ValueError):
        return False
    return True


def _record(r: Rehearsal, of: str, context: str, **seen: object) -> None:
    nothing = {"key": 0, "key_size": 0, "handed_iv": 0, "cause": "", "ivs": [], "sealed": 0, "unopened": 0}
    r.record("stored", of=of, instance=r.serving, **_wrap(context), **{**nothing, "in_clear": [], **seen})


def _is_about(r: Rehearsal, request: Artifact, context: str) -> bool:
    """Whether a context names its request and the data subject (protocol.md); both are signed with it."""
    claims, known = claims_of(context), r.ledger.requests[str(request.request)]
    return (claims.get("requestId"), claims.get("coreIdentifier")) == (known.id, known.core_identifier)


def _ciphertexts(r: Rehearsal, request_id: str) -> tuple[list[bytes], list[bytes]]:
    listing = r.need("encrypted files", [r.cloud("GET", f"requests/{request_id}/encrypted")])[0].json["files"]
    calls = [r.cloud("GET", f"encrypted/{each['fileId']}") for each in listing]
    return [reply.body for reply in r.exchange(calls)], [b64decode(str(each["iv"])) for each in listing]


def _look_at_integration(r: Rehearsal, integration: Artifact) -> None:
    secret = integration.handle["secret"]
    again = r.need("register integration", [r.customer.register_saas({"apiKey": secret})])[0].body.decode()
    is_clear = any(secret in text for text in _texts_of(again))
    _record(r, integration.name, again, sealed=1, in_clear=["the credential of an integration"] if is_clear else [])


def _look_at_consent(r: Rehearsal, made: Artifact) -> None:
    identifier = made.handle["identifier"]
    asked = [r.cloud("POST", "consent/encrypt", {"identifier": identifier})]
    encrypted = str(r.need("consent identifier", asked)[0].json["encrypted"])
    texts = (encrypted, _decoded(encrypted.rpartition(":")[2]).decode("latin-1"))
    is_clear = any(form in text for text in texts for form in (identifier, *spellings(identifier.encode())))
    r.record("consent-stored", of=made.name, instance=r.serving, in_clear=["a consent identifier"] if is_clear else [])


def _wrap(context: str) -> dict[str, object]:
    """What a context says of its wrap (protocol.md), and how long the wrapped key is."""
    claims = claims_of(context)
    label, wrapped = claims.get("wrap"), claims.get("encryptedCEK")
    named = label if isinstance(label, dict) else {}
    size = len(_decoded(wrapped)) if isinstance(wrapped, str) else 0
    return {"provider": named.get("provider"), "wrapping_key": named.get("key"), "wrapped_size": size}


def _in_clear(
    context: str, sealed: Iterable[bytes], key: bytes, contents: Iterable[tuple[str, list[bytes]]]
) -> Iterator[str]:
    texts = list(_texts_of(context))
    if key and any(form in text for text in texts for form in (*spellings(key), key.decode("latin-1"))):
        yield "the key of a request"
    for name, plain in contents:
        blocks = [each[:_BLOCK] for each in plain]
        if any(block in content for content in sealed for block in blocks):
            yield name


def _texts_of(token: str) -> Iterator[str]:
    """A token as it is, what it says, and what is base64 in that."""
    claims = claims_of(token)
    yield token
    yield str(claims)
    for value in claims.values():
        if isinstance(value, str):
            yield _decoded(value).decode("latin-1")


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
