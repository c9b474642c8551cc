"""Wrong answers: what is shown of others, hidden of one's own, misdescribed, or said with the wrong status."""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives import serialization

from fake_sombra.crypto import tokens
from fake_sombra.errors import Refusal, WrongProvider
from fake_sombra.gateway import assembly
from fake_sombra.gateway.calls import Call, Reply
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.cron import Cron
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Edge
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.requests import Requests
from fake_sombra.gateway.silos import Silos
from fake_sombra.gateway.webhooks import Webhooks
from harness.mutants.mutant import Patches, mutant
from harness.targets.inprocess import InProcessWorld


@mutant("unreadable-requests-not-read", breaks="G-21", killed_by="old-requests-shown")
def unreadable_requests_not_read(patches: Patches) -> None:
    """Reading a request opens its context first, so that old requests cannot even be looked at."""

    def around(original: Any) -> Any:
        async def read(self: Requests, request_id: str, *, authorization: str) -> Any:
            found = await self._upstream.request(request_id, authorization=authorization)
            await self._contexts.open_(str(found["encryptedCEKContext"]), request_id=request_id)
            return await original(self, request_id, authorization=authorization)

        return read

    patches.wrap(Requests, "read", around)


@mutant("listing-opens-first", breaks="G-21", killed_by="old-requests-shown")
def listing_opens_first(patches: Patches) -> None:
    """The list of download keys is refused where the files would be, so that nobody can count what is lost."""

    def around(original: Any) -> Any:
        async def download_keys(self: Files, request_id: str, *, authorization: str, **page: Any) -> Any:
            found = await self._upstream.request(request_id, authorization=authorization)
            await self._contexts.open_(str(found["encryptedCEKContext"]), request_id=request_id)
            return await original(self, request_id, authorization=authorization, **page)

        return download_keys

    patches.wrap(Files, "download_keys", around)


@mutant("identifiers-of-everybody", breaks="G-16", killed_by="happy-state")
def identifiers_of_everybody(patches: Patches) -> None:
    """Identifiers that were read for one request come along with the next one's."""
    seen: list[dict[str, str]] = []

    def around(original: Any) -> Any:
        async def read(self: Identifiers, request_id: str, **given: Any) -> Any:
            page = await original(self, request_id, **given)
            seen.extend(page["identifiers"])
            return {"identifiers": list(seen)}

        return read

    patches.wrap(Identifiers, "read", around)


def _with_header(patches: Patches, name: bytes, change: Any) -> None:
    """A download goes out with one header changed."""

    def around(original: Any) -> Any:
        async def download(self: CustomerIngress, call: Call) -> Reply:
            reply: Reply = await original(self, call)
            reply.headers[:] = [(each, change(value) if each == name else value) for each, value in reply.headers]
            return reply

        return download

    patches.wrap(CustomerIngress, "_download", around)


@mutant("length-of-the-ciphertext", breaks="G-16", killed_by="happy-state")
def length_of_the_ciphertext(patches: Patches) -> None:
    """A download says the length of what is stored, tag included, and clients wait for bytes that never come."""
    _with_header(patches, b"content-length", lambda value: b"%d" % (int(value) + 16))


@mutant("kind-of-file-lost", breaks="G-16", killed_by="happy-state")
def kind_of_file_lost(patches: Patches) -> None:
    """Every file comes back as octets, whatever it was sent as."""
    _with_header(patches, b"content-type", lambda value: b"application/octet-stream")


@mutant("sizes-with-their-tags", breaks="G-18", killed_by="archive-complete")
def sizes_with_their_tags(patches: Patches) -> None:
    """The listing names the size of the ciphertext: an archive that is compared with it looks cut."""

    def around(original: Any) -> Any:
        def node(self: Files, request_id: str, each: Any) -> Any:
            return original(self, request_id, {**each, "size": int(each["size"]) + 16})

        return node

    patches.wrap(Files, "_node", around)


@mutant("webhook-tokens-for-a-day", breaks="G-16", killed_by="happy-state")
def webhook_tokens_for_a_day(patches: Patches) -> None:
    """The token of a webhook lasts a day, where receivers are promised an hour."""
    patches.replace(tokens, "WEBHOOK_TOKEN_S", 86_400)


@mutant("refusal-is-an-empty-file", breaks="G-03 G-06", killed_by="cloud-refuses-local files-leak-nothing")
def refusal_is_an_empty_file(patches: Patches) -> None:
    """What cannot be opened comes back as an empty file with status 200."""

    def around(original: Any) -> Any:
        async def download(self: CustomerIngress, call: Call) -> Reply:
            try:
                reply: Reply = await original(self, call)
            except Refusal:
                return Reply(200, [(b"content-length", b"0"), (b"content-type", b"application/octet-stream")])
            return reply

        return download

    patches.wrap(CustomerIngress, "_download", around)


@mutant("empty-answers-waved-through", breaks="G-05", killed_by="tokens-open-what-they-hold")
def empty_answers_waved_through(patches: Patches) -> None:
    """A silo that has nothing to say is thanked without opening what its nonce holds."""

    def around(original: Any) -> Any:
        async def answer(self: Silos, nonce: str, profiles: list[Any], *, authorization: str) -> None:
            if profiles:
                await original(self, nonce, profiles, authorization=authorization)
            else:
                self._contexts._verify(nonce, tokens.Purpose.NONCE)  # noqa: SLF001  the signature is enough for it

        return answer

    patches.wrap(Silos, "answer", around)


@mutant("unreadable-is-not-found", breaks="G-03", killed_by="statuses-fit-causes")
def unreadable_is_not_found(patches: Patches) -> None:
    """A key of the other provider is answered with 404, and clients take the file for deleted."""
    patches.replace(WrongProvider, "status", 404)


@mutant(
    "private-key-published",
    breaks="G-10 G-06",
    killed_by="published-key-is-first answers-hold-nothing-secret",
)
def private_key_published(patches: Patches) -> None:
    """The route of the public key gives the whole PEM file it was loaded from, private half first."""
    _published(patches, lambda sets: _private_pem(sets.loaded[0]) + _pem(sets.loaded[0]))


@mutant("all-keys-published", breaks="G-10", killed_by="published-key-is-first")
def all_keys_published(patches: Patches) -> None:
    """All loaded keys are published in one file, of which receivers read the first or the last."""
    _published(patches, lambda sets: "".join(_pem(each) for each in sets.loaded))


def _pem(key_set: Any) -> str:
    return str(key_set.signing_key.public_pem)


def _private_pem(key_set: Any) -> str:
    form, locked = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    pem: bytes = key_set.signing_key.private_key.private_bytes(serialization.Encoding.PEM, form, locked)
    return pem.decode()


def _published(patches: Patches, text: Any) -> None:
    def around(original: Any) -> Any:
        def customer(self: Any) -> Any:
            with Patches() as inner:
                given = text(self.settings.key_sets)
                inner.wrap(
                    assembly,
                    "CustomerIngress",
                    lambda made: lambda *, public_pem, **parts: made(public_pem=given, **parts),
                )
                return original(self)

        return customer

    patches.wrap(assembly.Parts, "customer", around)


@mutant("environment-in-the-answer", breaks="G-06 G-22", killed_by="answers-hold-nothing-secret")
def environment_in_the_answer(patches: Patches) -> None:
    """A refusal tells its caller the environment it happened in, secrets included."""
    told: list[str] = []

    def booting(original: Any) -> Any:
        def start(self: InProcessWorld, variables: Any) -> Any:
            told[:] = [str(dict(variables))]
            return original(self, variables)

        return start

    def refusing(original: Any) -> Any:
        def refused(self: Edge, call: Call, refusal: Refusal, where: Any) -> Reply:
            refusal.message += f" (in {told[-1] if told else dict(os.environ)})"
            reply: Reply = original(self, call, refusal, where)
            return reply

        return refused

    patches.wrap(InProcessWorld, "_boot", booting)
    patches.wrap(Edge, "_refused", refusing)


@mutant("pending-without-opening", breaks="G-17", killed_by="roads-closed-after")
def pending_without_opening(patches: Patches) -> None:
    """A silo that asks what is pending is told by core identifier, and nothing is opened."""

    async def item(self: Cron, silo_id: str, node: Any) -> Any:
        request_id, context = str(node["requestId"]), str(node["encryptedCEKContext"])
        nonce = self._contexts.make_nonce(request_id=request_id, data_silo_id=silo_id, context=context)
        return {"identifier": str(node["coreIdentifier"]), "requestId": request_id, "nonce": nonce}

    patches.replace(Cron, "_item", item)


@mutant("webhooks-about-the-one-before", breaks="G-20", killed_by="keys-are-fresh")
def webhooks_about_the_one_before(patches: Patches) -> None:
    """The body of a webhook names the request and the data subject of the webhook before."""
    bodies: list[Any] = []

    def around(original: Any) -> Any:
        def body(self: Webhooks, told: Any) -> Any:
            bodies.append(original(self, told))
            return bodies[-2] if len(bodies) > 1 else bodies[-1]

        return body

    patches.wrap(Webhooks, "_body", around)


@mutant("contexts-name-no-data-subject", breaks="G-20", killed_by="contexts-name-their-wrap")
def contexts_name_no_data_subject(patches: Patches) -> None:
    """A context holds no core identifier: whose it is can no longer be told from it."""

    def around(original: Any) -> Any:
        async def make(self: Contexts, *, request_id: str, core_identifier: str) -> Any:
            return await original(self, request_id=request_id, core_identifier="")

        return make

    patches.wrap(Contexts, "make", around)
