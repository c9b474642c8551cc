"""The operations on what stands beside a key: its policy and its tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.key_operations import managed_key, page
from fake_sombra.kms.key_policies import new_policy, policy_text
from fake_sombra.kms.tags import read_tags

_NAME: Final = "default"


def _put_key_policy(call: Call) -> Answer:
    key = managed_key(call)
    _require_the_only_name(call)
    call.vault.update(key.arn, policy=new_policy(call, key.arn))
    return {}


def _get_key_policy(call: Call) -> Answer:
    key = managed_key(call)
    _require_the_only_name(call)
    return {"Policy": policy_text(key.policy, key.arn), "PolicyName": _NAME}


def _list_key_policies(call: Call) -> Answer:
    managed_key(call)
    return {"PolicyNames": [_NAME], "Truncated": False}


def _require_the_only_name(call: Call) -> None:
    if call.parameters.get("PolicyName", _NAME) != _NAME:
        raise errors.not_found("No such policy exists")


def _tag_resource(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion")
    call.vault.update(key.arn, tags=read_tags(call.parameters["Tags"], key.tags))
    return {}


def _untag_resource(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion")
    gone = set(call.parameters["TagKeys"])
    call.vault.update(key.arn, tags=tuple(tag for tag in key.tags if tag[0] not in gone))
    return {}


def _list_resource_tags(call: Call) -> Answer:
    key = managed_key(call)
    return page(call, [{"TagKey": name, "TagValue": value} for name, value in key.tags], "Tags", size=_TAGS)


_TAGS: Final = 50

HANDLERS: Final[Mapping[str, Handler]] = {
    "GetKeyPolicy": _get_key_policy,
    "ListKeyPolicies": _list_key_policies,
    "ListResourceTags": _list_resource_tags,
    "PutKeyPolicy": _put_key_policy,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
}
