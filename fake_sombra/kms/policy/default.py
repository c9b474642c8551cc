"""The key policy that AWS gives a key when nobody says otherwise: the account decides by its own policies."""

from __future__ import annotations

from fake_sombra.kms.policy.document import Kind, Policy
from fake_sombra.kms.policy.reading import read_policy


def default_key_policy(account: str, partition: str = "aws") -> Policy:
    """Delegate everything on the key to its account."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    return read_policy(document, name="the default key policy", kind=Kind.KEY)
