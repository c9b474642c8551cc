"""How what concerns requests, tokens and integrations is carried out: the calls of each action, and what they leave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.artifacts import Submitted
from harness.explore.stage import Act, Stage, cause
from harness.rehearsal.probes import OCTETS
from harness.rehearsal.wire import Ingress
from harness.target import Call, control

_NOBODY: Final = "00000000-0000-4000-8000-000000000000"
_GARBAGE: Final = "garbage"


def _submit(stage: Stage, words: tuple[str, ...]) -> str:
    name = words[0]
    draft = Submitted(name, "", "REQUEST_MADE", f"{name}@example.com", f"core-{name}")
    reply = stage.ask(stage.r.customer.submit(draft))
    if reply.ok:
        made = Submitted(name, str(reply.json["request"]["id"]), draft.status, draft.email, draft.core_identifier)
        stage.r.ledger.requests[name] = made
        stage.keep("request", f"{name}-1", request=name, id=made.id)
        _identifiers(stage, made)
    return cause(reply)


def _resubmit(stage: Stage, words: tuple[str, ...]) -> str:
    """A restart; from now on each context of the request must be named to be opened."""
    request = stage.r.ledger.requests[words[0]]
    reply = stage.ask(stage.r.customer.submit(request, restart=True))
    if reply.ok:
        number = stage.count("request", request.name) + 1
        stage.keep("request", f"{request.name}-{number}", request=request.name, id=request.id)
        _identifiers(stage, request)
        listed = stage.ask(stage.r.cloud("GET", f"requests/{request.id}/contexts")).json["contexts"]
        for place, context in enumerate(listed, start=1):
            stage.rehandle(stage.artifact("request", f"{request.name}-{place}"), contextId=str(context["contextId"]))
    return cause(reply)


def _identifiers(stage: Stage, request: Submitted) -> None:
    number = stage.count("identifier", request.name)
    name = f"{request.name}-{number + 1}"
    stage.keep(
        "identifier",
        name,
        request=request.name,
        id=request.id,
        value=request.email,
        others=request.others,
        set=str(number),
    )


def _webhook(stage: Stage, words: tuple[str, ...]) -> str:
    nonce, request = words[0], stage.r.ledger.requests[words[1]]
    reply = stage.ask(stage.r.cloud("POST", f"requests/{request.id}/webhook", {"dataSiloId": "crm", "url": None}))
    if reply.ok:
        headers = reply.json["headers"]
        stage.keep("nonce", nonce, request=request.name, token=headers["x-transcend-nonce"], id=request.id)
        value = request.core_identifier
        stage.keep("webhook_token", nonce, request=request.name, token=headers["x-sombra-token"], value=value)
    return cause(reply)


def _upload(stage: Stage, words: tuple[str, ...]) -> str:
    file, nonce = words
    content = f"the content of {file}, which nobody else may read".encode()
    return _attach(
        stage, words, f"{file}.bin", content, stage.r.customer.datapoint(_token(stage, nonce), f"{file}.bin", content)
    )


def _answer(stage: Stage, words: tuple[str, ...]) -> str:
    file, nonce = words
    data = {"note": f"the answer of {file}, which nobody else may read"}
    content = json.dumps(data, separators=(",", ":")).encode()
    call = stage.r.customer.answer(_token(stage, nonce), [{"profileId": file, "profileData": data}])
    return _attach(stage, words, f"{file}.json", content, call, mimetype="application/json")


def _attach(
    stage: Stage, words: tuple[str, ...], name: str, content: bytes, call: Call, *, mimetype: str = OCTETS
) -> str:
    file, nonce = words
    reply = stage.ask(call)
    if reply.ok:
        artifact = stage.artifact("nonce", nonce)
        handle = {"id": artifact.handle["id"], "fileName": name, "mimetype": mimetype}
        stage.keep("file", file, request=artifact.request, plaintext=content, **handle)
    return cause(reply)


def _token(stage: Stage, nonce: str) -> str:
    return stage.artifact("nonce", nonce).handle["token"]


def _list(stage: Stage, words: tuple[str, ...]) -> str:
    download, file = words[0], stage.artifact("file", words[1])
    reply = stage.ask(stage.r.customer.download_keys(file.handle["id"]))
    if not reply.ok:
        return cause(reply)
    keys = [each["downloadKey"] for each in reply.json["nodes"] if each["fileName"] == file.handle["fileName"]]
    if len(keys) != 1:
        return "not_listed"
    stage.keep("download_key", download, request=file.request, token=keys[0], id=file.handle["id"], file=file.name)
    return ""


def _download(stage: Stage, words: tuple[str, ...]) -> str:
    key = stage.artifact("download_key", words[0])
    reply = stage.ask(stage.r.customer.download(key.handle["token"]))
    if reply.ok and reply.body != stage.r.ledger.artifacts[key.handle["file"]].plaintext:
        return _GARBAGE
    return cause(reply)


def _enrich(stage: Stage, words: tuple[str, ...]) -> str:
    nonce = stage.artifact("nonce", words[0])
    request = stage.r.ledger.requests[nonce.request or ""]
    reply = stage.ask(stage.r.customer.enrich(nonce.handle["token"], request.email))
    if reply.ok:
        _identifiers(stage, request)
    return cause(reply)


def _confirm(stage: Stage, words: tuple[str, ...]) -> str:
    return cause(stage.ask(stage.r.customer.confirm(_token(stage, words[0]))))


def _of_request(step: str) -> Act:
    def act(stage: Stage, words: tuple[str, ...]) -> str:
        return cause(stage.ask(stage.r.cloud("POST", f"requests/{_id(stage, words[0])}/{step}", {})))

    return act


def _id(stage: Stage, request: str) -> str:
    return stage.r.ledger.requests[request].id


def _move(stage: Stage, words: tuple[str, ...]) -> str:
    path = f"/requests/{_id(stage, words[0])}/status"
    return cause(stage.ask(control("transcend-control", "POST", path, {"status": words[1]})))


def _organization(step: str) -> Act:
    return lambda stage, words: cause(stage.ask(stage.r.cloud("POST", f"organization/{step}", {})))


def _connect(stage: Stage, words: tuple[str, ...]) -> str:
    """Register a credential and have Transcend keep its context; connecting again adds another."""
    name, number = words[0], stage.count("integration", words[0]) + 1
    secrets = {"apiKey": f"the credential of {name}, version {number}"}
    registered = stage.ask(stage.r.customer.register_saas(secrets))
    if not registered.ok:
        return cause(registered)
    named = stage.ask(stage.r.cloud("PUT", f"integrations/{name}", {"title": name}))
    told = {"integrationContext": registered.body.decode()}
    stored = stage.ask(stage.r.cloud("POST", f"integrations/{name}/context", told))
    if named.ok and stored.ok:
        canonical = json.dumps(secrets, sort_keys=True, separators=(",", ":")).encode()
        credential = "sha256:" + hashlib.sha256(canonical).hexdigest()
        context = str(stored.json["contextId"])
        stage.keep("integration", f"{name}-{number}", id=name, contextId=context, credential=credential)
    return cause(named) or cause(stored)


def _login(stage: Stage, words: tuple[str, ...]) -> str:
    name, audience = words
    reply = stage.ask(stage.r.cloud("POST", "login", {"audience": audience, "subject": name}))
    if reply.ok:
        stage.keep("session", name, token=reply.json["session"], audience=audience, subject=name)
    return cause(reply)


def _consent(stage: Stage, words: tuple[str, ...]) -> str:
    identifier = f"{words[0]}@example.com"
    reply = stage.ask(stage.r.cloud("POST", "consent/encrypt", {"identifier": identifier}))
    if reply.ok:
        stage.keep("consent_identifier", words[0], id=str(reply.json["id"]), identifier=identifier)
    return cause(reply)


def _borrow(stage: Stage, words: tuple[str, ...]) -> str:
    """Offer the context of another request."""
    borrower, lender = (_id(stage, name) for name in words)
    context = str(stage.ask(stage.r.cloud("GET", f"requests/{lender}")).json["encryptedCEKContext"])
    asked = {"requestId": borrower, "encryptedCEKContext": context}
    return cause(stage.ask(Ingress(stage.r.secrets)("open-context", asked)))


def _damage(stage: Stage, words: tuple[str, ...]) -> str:
    file = stage.artifact("file", words[0])
    listed = stage.ask(stage.r.cloud("GET", f"requests/{file.handle['id']}/encrypted")).json["files"]
    found = next(each["fileId"] for each in listed if each["fileName"] == file.handle["fileName"])
    told = {"kind": "file", "id": found, "how": "flip"}
    return cause(stage.ask(control("transcend-control", "POST", "/tamper", told)))


ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "submit": _submit,
        "resubmit": _resubmit,
        "webhook": _webhook,
        "upload": _upload,
        "answer": _answer,
        "list": _list,
        "download": _download,
        "enrich": _enrich,
        "confirm": _confirm,
        **{step: _of_request(step) for step in ("open", "resume", "approve", "cancel")},
        "move": _move,
        "pause": _organization("pause"),
        "unpause": _organization("unpause"),
        "connect": _connect,
        "login": _login,
        "consent": _consent,
        "borrow": _borrow,
        "knock": lambda stage, words: cause(stage.ask(stage.r.customer.download_as_bare_cli("any"))),
        "ask-nobody": lambda stage, words: cause(stage.ask(stage.r.customer.identifiers(_NOBODY))),
        "damage": _damage,
    }
)
