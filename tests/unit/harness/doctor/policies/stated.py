"""Policies written to files, and what the doctor makes of them; the tests of this folder share it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.doctor.command import Report, diagnose
from harness.doctor.inputs import Inputs
from tests.conformance.startup_rows import ARN

Json = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/sombra"
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
USE = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
RANDOM = "kms:GenerateRandom"


def allow(action: object, resource: object = ARN, **more: object) -> Json:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> Json:
    """A statement that denies."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def policy(*statements: Json) -> Json:
    """A document of the present language."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


LEAST = policy(allow(USE), allow(RANDOM, "*"))
DEFAULT = policy(allow("kms:*", "*", Principal=ROOT))


def report(
    folder: Path,
    iam: object = None,
    key: object = None,
    *,
    principal: str | None = None,
    after: Mapping[str, str] | None = None,
) -> Report:
    """What the doctor says of these documents, and of an env file beside them."""
    documents = {}
    for flag, document in (("iam-policy", iam), ("key-policy", key)):
        each = document if isinstance(document, tuple) else () if document is None else (document,)
        paths = []
        for number, content in enumerate(each):
            path = folder / f"{flag}-{number}.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), "utf-8")
            paths.append(str(path))
        documents[flag] = tuple(paths)
    env = None
    if after is not None:
        env = folder / "after.env"
        env.write_text("".join(f"{name}={value}\n" for name, value in after.items()), "utf-8")
    return diagnose(Inputs(after=None if env is None else str(env), documents=documents, principal=principal))


def told(made: Report) -> set[str]:
    """The ids of what is found, notes left out."""
    return {finding.id for finding in made.findings if finding.level != "note"}


def opened(made: Report) -> set[str]:
    """The ids of what stays open."""
    return {each.rule for each in made.examined.unevaluated}
