"""The operations on grants: made, listed, retired by those they name, revoked by those who may."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.grants import GrantRecord
from fake_sombra.kms.key_operations import managed_key, page
from fake_sombra.kms.keys import Arn, Key
from fake_sombra.kms.policy import MalformedPolicy, Principal, read_grant
from fake_sombra.kms.policy.document import Element
from fake_sombra.kms.policy.principals import Reach, reach

_PAGE: Final = 50
_ID_BYTES, _TOKEN_BYTES = 32, 90


def _create_grant(call: Call) -> Answer:
    asked = call.parameters
    rules.require_known_tokens(call)
    key = managed_key(call)
    rules.require_enabled(key)
    _require_principals(call)
    try:
        read_grant(asked, key=key.arn, name="the grant")
    except MalformedPolicy as error:
        raise errors.validation(str(error.problems[0])) from error
    call.end_dry_run()
    made = GrantRecord(
        id=secrets.token_hex(_ID_BYTES),
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        grantee=asked["GranteePrincipal"],
        operations=tuple(asked["Operations"]),
        issuer=call.account,
        created_at=call.now,
        retiring=asked.get("RetiringPrincipal"),
        constraints=asked.get("Constraints"),
        name=asked.get("Name"),
    )
    known = next((each for each in key.grants if each.name is not None and each.is_like(made)), None)
    if known is not None:
        return {"GrantId": known.id, "GrantToken": known.token}
    call.vault.update(key.arn, grants=(*key.grants, made))
    return {"GrantId": made.id, "GrantToken": made.token}


def _require_principals(call: Call) -> None:
    for member in ("GranteePrincipal", "RetiringPrincipal"):
        given = call.parameters.get(member)
        try:
            if given is not None:
                Principal.parse(given)
        except ValueError as error:
            raise KmsError("InvalidArnException", f"ARN does not refer to a valid principal: {given}") from error


def _list_grants(call: Call) -> Answer:
    key, asked = managed_key(call), call.parameters
    if "GrantId" in asked:
        _require_known(key, asked["GrantId"])
    shown = [
        grant.shown(key.arn)
        for grant in key.grants
        if asked.get("GrantId") in {None, grant.id} and asked.get("GranteePrincipal") in {None, grant.grantee}
    ]
    return page(call, shown, "Grants", size=_PAGE)


def _list_retirable_grants(call: Call) -> Answer:
    call.may("kms:ListRetirableGrants")
    found = [
        grant.shown(key.arn)
        for key in call.vault.keys.values()
        for grant in key.grants
        if key.region == call.caller.region and grant.retiring == call.parameters["RetiringPrincipal"]
    ]
    return page(call, found, "Grants", size=_PAGE)


def _revoke_grant(call: Call) -> Answer:
    key = managed_key(call)
    grant = _require_known(key, call.parameters["GrantId"])
    call.end_dry_run()
    _drop(call, key, grant)
    return {}


def _retire_grant(call: Call) -> Answer:
    key, grant = _to_retire(call)
    call.key = key.arn
    if not _may_retire(call, key, grant):
        raise errors.denied(call.principal, "kms:RetireGrant", key.arn, policy="resource-based")
    call.end_dry_run()
    _drop(call, key, grant)
    return {}


def _to_retire(call: Call) -> tuple[Key, GrantRecord]:
    """A grant by its token, or by its id and its key's ARN."""
    token, name, grant_id = (call.parameters.get(each) for each in ("GrantToken", "KeyId", "GrantId"))
    if token is not None:
        found = [(key, grant) for key in call.vault.keys.values() for grant in key.grants if grant.token == token]
        if not found:
            raise KmsError("InvalidGrantTokenException")
        return found[0]
    if name is None or grant_id is None:
        raise errors.validation("Grant token OR (grant ID, key ID) must be specified")
    if Arn.parse(name) is None:
        raise KmsError("InvalidArnException", f"{name} is not a key ARN; RetireGrant takes no other name of a key.")
    key = rules.resolve(call, name, action="kms:RetireGrant", by_alias=False)
    return key, _require_known(key, grant_id)


def _may_retire(call: Call, key: Key, grant: GrantRecord) -> bool:
    """The grant says who: its retiring principal, or its grantee if it covers RetireGrant, or the key's account."""
    caller = Principal.parse(call.principal)
    names = [grant.retiring] if grant.retiring is not None else []
    names += [grant.grantee] if "RetireGrant" in grant.operations else []
    is_named = reach(Element(tuple(names)), caller) is not Reach.NONE
    return is_named or (caller.kind == "root" and caller.account == key.account)


def _require_known(key: Key, grant_id: str) -> GrantRecord:
    found = next((grant for grant in key.grants if grant.id == grant_id), None)
    if found is None:
        raise errors.not_found(f"Grant {grant_id} is not found on {key.arn}.")
    return found


def _drop(call: Call, key: Key, grant: GrantRecord) -> None:
    call.vault.update(key.arn, grants=tuple(each for each in key.grants if each.id != grant.id))


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateGrant": _create_grant,
    "ListGrants": _list_grants,
    "ListRetirableGrants": _list_retirable_grants,
    "RetireGrant": _retire_grant,
    "RevokeGrant": _revoke_grant,
}
