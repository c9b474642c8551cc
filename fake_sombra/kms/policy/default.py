"""The key policy that AWS gives a key when nobody says otherwise: the account decides by its own policies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fake_sombra.kms.policy.document import Kind, Policy
from fake_sombra.kms.policy.reading import read_policy


@lru_cache(maxsize=64)
def default_key_policy(account: str, partition: str = "aws") -> Policy:
    """Delegate everything on the key to its account."""
    return read_policy(default_document(account, partition), name="the default key policy", kind=Kind.KEY)


def default_document(account: str, partition: str = "aws") -> Mapping[str, Any]:
    """The same as AWS writes it."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
