"""The front's own port: what a rehearsal does to a KMS and reads from it (docs/wire.md, "KMS front")."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from fake_sombra.errors import BadRequest, Conflict, KmsInternal, NotFound, Refusal, TooLarge
from fake_sombra.http import AsgiApp, Scope
from fake_sombra.kms.asgi import BodyTooLarge, CallerGone, Receive, Send, read_body, send_json
from fake_sombra.kms.credentials import Credential
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.faults.spec import parse
from fake_sombra.kms.keys import Key
from fake_sombra.kms.state import Kms
from fake_sombra.kms.vault import KeyExists, NoSuchKey

Fields = Mapping[str, str]
_Handler = Callable[[Kms, Fields], Any]


def control_app(kms: Kms) -> AsgiApp:
    """The control port; loopback only, no authentication, never the product's port."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            document, status = _answer(kms, scope, await read_body(receive)), 200
        except CallerGone:
            return
        except BodyTooLarge as error:
            document, status = _refused(TooLarge(str(error)))
        except Refusal as error:
            document, status = _refused(error)
        await send_json(send, document, status)

    return app


def _answer(kms: Kms, scope: Scope, body: bytes) -> Any:
    route = (scope["method"], scope["path"])
    if route not in _ROUTES:
        raise NotFound(f"there is no {' '.join(route)} here; docs/wire.md lists the routes of the KMS front")
    wanted, optional, handler = _ROUTES[route]
    fields = _query(scope) if scope["method"] == "GET" else _fields(body)
    for name in wanted:
        if name not in fields:
            raise BadRequest(f"{name} is missing; {route[1]} takes {', '.join((*wanted, *optional))}")
    try:
        return handler(kms, {name: fields[name] for name in (*wanted, *optional) if name in fields})
    except NoSuchKey as error:
        raise NotFound(str(error)) from error
    except KeyExists as error:
        raise Conflict(str(error)) from error
    except ValueError as error:
        raise BadRequest(str(error)) from error
    except KmsError as error:  # an upstream that is down
        raise KmsInternal(str(error)) from error


def _query(scope: Scope) -> Fields:
    return {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}


def _fields(body: bytes) -> Fields:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(document, dict):
        raise BadRequest("the body is not a JSON object")
    given = {name: value for name, value in document.items() if value is not None}
    wrong = [name for name, value in given.items() if not isinstance(value, str)]
    if wrong:
        raise BadRequest(f"{', '.join(wrong)} must be text")
    return given


def _refused(error: Refusal) -> tuple[Mapping[str, Any], int]:
    body = {"error": {"message": error.message, "code": error.code}, "message": error.message}
    return body, error.status


def _shown(key: Key) -> Mapping[str, Any]:
    return {"arn": key.arn, "spec": key.spec, "usage": key.usage, "state": key.state}


def _journal(kms: Kms, fields: Fields) -> Any:
    since = fields.get("since", "0")
    if not (since.isascii() and since.isdigit()):
        raise BadRequest("since is the number of the last entry already read, such as 0")
    return {"calls": [entry.to_json() for entry in kms.journal.since(int(since))]}


def _add_key(kms: Kms, fields: Fields) -> Any:
    usage = fields.get("usage", "ENCRYPT_DECRYPT")
    return _shown(kms.add_key(fields["arn"], spec=fields.get("spec"), usage=usage))


def _add_store(kms: Kms, fields: Fields) -> Any:
    return {"id": kms.add_store(fields["id"])}


def _set_state(kms: Kms, fields: Fields) -> Any:
    return _shown(kms.set_state(fields["arn"], fields["state"]))


def _rotate(kms: Kms, fields: Fields) -> Any:
    return _shown(kms.rotate(fields["arn"]))


def _forget(kms: Kms, fields: Fields) -> Any:
    kms.forget(fields["arn"])
    return {"forgotten": fields["arn"]}


def _set_policy(kms: Kms, fields: Fields) -> Any:
    return _shown(kms.set_policy(fields["arn"], fields.get("policy")))


def _add_identity_policy(kms: Kms, fields: Fields) -> Any:
    kms.add_identity_policy(fields["principal"], fields["policy"])
    return {"principal": fields["principal"]}


def _forget_identity_policies(kms: Kms, fields: Fields) -> Any:
    kms.forget_identity_policies()
    return {}


def _admit(kms: Kms, fields: Fields) -> Any:
    expires = fields.get("expires_at")
    try:
        kms.admit(Credential.from_json({**fields, "expires_at": None if expires is None else float(expires)}))
    except ValueError as error:
        raise BadRequest(str(error) if "credential" in str(error) else "expires_at is a number of seconds") from error
    return {"access_key_id": fields["access_key_id"]}


def _add_alias(kms: Kms, fields: Fields) -> Any:
    kms.add_alias(fields["alias_arn"], fields["key_arn"])
    return dict(fields)


def _deny(kms: Kms, fields: Fields) -> Any:
    kms.deny(fields["action"])
    return {"denied": fields["action"]}


def _allow(kms: Kms, fields: Fields) -> Any:
    kms.allow(fields["action"])
    return {"allowed": fields["action"]}


def _active(kms: Kms, fields: Fields) -> Any:
    return {"faults": kms.faults.to_json()}


def _inject(kms: Kms, fields: Fields) -> Any:
    kms.faults.add(parse(fields["spec"]))
    return _active(kms, fields)


def _heal(kms: Kms, fields: Fields) -> Any:
    kms.faults.heal(parse(fields["spec"]) if "spec" in fields else None)
    return _active(kms, fields)


def _snapshot(kms: Kms, fields: Fields) -> Any:
    return kms.snapshot()


_ROUTES: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], _Handler]]] = {
    ("DELETE", "/faults"): ((), ("spec",), _heal),
    ("DELETE", "/identity-policies"): ((), (), _forget_identity_policies),
    ("GET", "/faults"): ((), (), _active),
    ("GET", "/journal"): ((), ("since",), _journal),
    ("GET", "/snapshot"): ((), (), _snapshot),
    ("POST", "/aliases"): (("alias_arn", "key_arn"), (), _add_alias),
    ("POST", "/allow"): (("action",), (), _allow),
    ("POST", "/credentials"): (
        ("access_key_id", "secret_access_key"),
        ("session_token", "principal", "expires_at"),
        _admit,
    ),
    ("POST", "/deny"): (("action",), (), _deny),
    ("POST", "/faults"): (("spec",), (), _inject),
    ("POST", "/identity-policies"): (("principal", "policy"), (), _add_identity_policy),
    ("POST", "/keys"): (("arn",), ("spec", "usage"), _add_key),
    ("POST", "/keys/forget"): (("arn",), (), _forget),
    ("POST", "/keys/policy"): (("arn",), ("policy",), _set_policy),
    ("POST", "/keys/rotate"): (("arn",), (), _rotate),
    ("POST", "/keys/state"): (("arn", "state"), (), _set_state),
    ("POST", "/stores"): (("id",), (), _add_store),
}
