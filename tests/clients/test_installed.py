"""Which clients are tried is pinned to the byte, and a machine that lacks them is told what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.clients.installed import HERE, MODULES, lacking, pins

pytestmark = pytest.mark.gate


def test_every_package_is_pinned_and_locked_by_its_digest() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    packages = {name: package for name, package in locked.items() if name}

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins().values())
    assert locked[""]["dependencies"] == pins()
    assert all(packages[f"node_modules/{name}"]["version"] == version for name, version in pins().items())
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_the_lock_names_no_registry() -> None:
    assert not re.search(r'"resolved"|https?://', (HERE / "package-lock.json").read_text("utf-8"))


def test_a_machine_without_the_packages_is_told_what_to_do(tmp_path: Path) -> None:
    reason = lacking(tmp_path)

    assert "make clients" in reason
    assert reason.startswith("@transcend-io/encrypt-web-streams 1.0.3") or "Node" in reason


@pytest.mark.parametrize(("printed", "said"), [("v18.20.4", "Node is v18.20.4 here"), ("", "Node is broken here")])
def test_a_node_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, said: str
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {printed}\n", "utf-8")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    assert lacking.__wrapped__(MODULES).startswith(said)


def test_a_machine_without_node_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert lacking.__wrapped__(MODULES).startswith("there is no Node on this machine; install Node 20 or newer")
