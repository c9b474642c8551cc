"""The operations on aliases: names that can be pointed at another key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.key_operations import managed_key, page
from fake_sombra.kms.keys import SYMMETRIC, Arn

_PAGE = 50


def _create_alias(call: Call) -> Answer:
    alias = _alias(call)
    key = managed_key(call, "TargetKeyId")
    rules.require_not(key, "PendingDeletion")
    if alias in call.vault.aliases:
        raise errors.KmsError("AlreadyExistsException", f"An alias with the name {alias} already exists")
    call.vault.set_alias(alias, key.arn)
    return {}


def _update_alias(call: Call) -> Answer:
    alias = _existing(call)
    key = managed_key(call, "TargetKeyId")
    left = call.vault.keys[call.vault.aliases[alias]]
    call.may("kms:UpdateAlias", left)
    rules.require_not(key, "PendingDeletion")
    if (key.usage, key.spec == SYMMETRIC) != (left.usage, left.spec == SYMMETRIC):
        raise errors.validation(f"{alias} cannot go from {left.arn} to {key.arn}: their types or usages differ.")
    call.vault.set_alias(alias, key.arn)
    return {}


def _delete_alias(call: Call) -> Answer:
    alias = _existing(call)
    key = call.vault.keys[call.vault.aliases[alias]]
    call.key = key.arn
    call.may("kms:DeleteAlias", key)
    del call.vault.aliases[alias]
    return {}


def _list_aliases(call: Call) -> Answer:
    call.may("kms:ListAliases")
    wanted = call.parameters.get("KeyId")
    only = rules.resolve(call, wanted, action="kms:ListAliases").arn if wanted is not None else None
    here = f":{call.caller.region}:{call.account}:alias/"
    shown = [
        {"AliasName": f"alias/{alias.partition(':alias/')[2]}", "AliasArn": alias, "TargetKeyId": _id(target)}
        for alias, target in sorted(call.vault.aliases.items())
        if here in alias and only in {None, target}
    ]
    return page(call, shown, "Aliases", size=_PAGE)


def _alias(call: Call) -> str:
    """The ARN an alias name has here; raises ValidationException for what cannot be a name."""
    name: str = call.parameters["AliasName"]
    if not name.startswith("alias/"):
        raise errors.validation(
            'Alias must start with the prefix "alias/". '
            "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.startswith("alias/aws/"):
        raise errors.KmsError("NotAuthorizedException", "")
    arn = call.arn("alias", name.removeprefix("alias/"))
    if Arn.parse(arn) is None:
        raise errors.KmsError("InvalidAliasNameException", f"{name} contains invalid characters for an alias")
    return arn


def _existing(call: Call) -> str:
    alias = _alias(call)
    if alias not in call.vault.aliases:
        raise errors.not_found(f"Alias {alias} is not found.")
    return alias


def _id(arn: str) -> str:
    return arn.rpartition(":key/")[2]


HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateAlias": _create_alias,
    "DeleteAlias": _delete_alias,
    "ListAliases": _list_aliases,
    "UpdateAlias": _update_alias,
}
