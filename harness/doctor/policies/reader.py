"""How policies are given: `--iam-policy` and `--key-policy`, as documents or as the AWS CLI prints them."""

from __future__ import annotations

from harness.doctor.inputs import Reading
from harness.doctor.policies.document import PolicyDocument, unwrapped
from harness.doctor.reading import json_tree, read
from harness.targets.policies import Kind

_LIMIT = 256 * 1024  # AWS takes 32 KiB at most


def iam_policies(paths: tuple[str, ...], reading: Reading) -> None:
    """Policies of the role that Sombra runs as; all count together."""
    for path in paths:
        reading.policies.documents.append(_document(path, Kind.IDENTITY, "the IAM policy"))


def key_policies(paths: tuple[str, ...], reading: Reading) -> None:
    """Policies of the key; each of several is a question of its own."""
    for path in paths:
        reading.policies.documents.append(_document(path, Kind.KEY, "the key policy"))


def _document(path: str, kind: Kind, owner: str) -> PolicyDocument:
    tree = json_tree(read(path, limit=_LIMIT, what="policy document"), path=path)
    return PolicyDocument.of(unwrapped(tree), kind, owner)
