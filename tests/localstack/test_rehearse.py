"""The guide passes with LocalStack behind the strict front, on both targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.targets.localstack import LocalStack

pytestmark = pytest.mark.gate


@pytest.mark.parametrize("target", ["inprocess", "process"])
def test_the_guide_passes_over_localstack(
    target: str, localstack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALSTACK_HOST", localstack.host)
    before = _keys(localstack)

    code = main(
        ["rehearse", "--kms", "localstack", "--target", target, "--quiet", "--requests", "16", "--out", str(tmp_path)]
    )

    (told,) = tmp_path.glob("guide/*/run.json")
    run = json.loads(told.read_text("utf-8"))
    assert (code, run["verdict"], run["kms"]) == (0, "go", "localstack+strict")
    assert _keys(localstack) > before


def test_the_guide_passes_over_an_address(localstack: LocalStack, tmp_path: Path) -> None:
    arguments = ["rehearse", "--kms", localstack.url, "--target", "inprocess", "--quiet", "--requests", "16"]

    code = main([*arguments, "--out", str(tmp_path)])

    (told,) = tmp_path.glob("guide/*/run.json")
    assert (code, json.loads(told.read_text("utf-8"))["kms"]) == (0, f"{localstack.url}+strict")


def _keys(localstack: LocalStack) -> int:
    """How many keys it has: proof that the rehearsal's were made there."""
    client = localstack.client(region="us-east-1")
    return sum(len(page["Keys"]) for page in client.get_paginator("list_keys").paginate())
