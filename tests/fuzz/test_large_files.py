"""Large files are bounded in memory and in time, whether they are taken or refused."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_MIB = 1024 * 1024
_MOST_MEMORY = 700 * _MIB
_LONGEST_S = 60


def _of_size(path: Path, size: int, block: bytes) -> None:
    with path.open("wb") as stream:
        for _ in range(0, size, len(block) * 256):
            stream.write(block * 256)


def _yaml(path: Path) -> None:
    _of_size(path, 50 * _MIB, b"- {name: A_VARIABLE, value: something of some length}\n" * 16)


def _flat_yaml(path: Path) -> None:
    path.write_bytes(b"a: [" + b"x," * (7 * _MIB) + b"x]\n")


def _many_variables(path: Path) -> None:
    """One container whose environment is laid a hundred thousand times over itself."""
    entries = [{"name": f"V{number % 7}", "value": "x"} for number in range(100_000)]
    container = {"name": "sombra", "image": "sombra:1", "environment": entries}
    path.write_text(json.dumps({"family": "f", "containerDefinitions": [container]}), "utf-8")


def _expanding(path: Path) -> None:
    """Each variable holds the one before it ten times."""
    entries = [{"name": "V0", "value": "x" * 100}]
    entries += [{"name": f"V{number}", "value": f"$(V{number - 1})" * 10} for number in range(1, 40)]
    pod = {"spec": {"containers": [{"name": "sombra", "image": "sombra:1", "env": entries}]}}
    path.write_text(json.dumps({"kind": "Deployment", "metadata": {"name": "s"}, "spec": {"template": pod}}), "utf-8")


def _env(path: Path) -> None:
    _of_size(path, 50 * _MIB, b"A_VARIABLE=something of some length\n" * 16)


def _json(path: Path) -> None:
    _of_size(path, 50 * _MIB, b'{"a": [1, 2, 3]},' * 64)


def _plan(path: Path) -> None:
    """A plan of 50 MiB, most of it of others."""
    values = {"tags": {f"tag-{number}": "x" * 40 for number in range(40)}}
    other = {"address": "a", "type": "aws_lb", "change": {"actions": ["no-op"], "before": values, "after": values}}
    many = [other] * (50 * _MIB // len(json.dumps(other)))
    path.write_text(json.dumps({"format_version": "1.2", "resource_changes": many}), "utf-8")


_CASES: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "50 MiB of YAML": ("--manifests", ".yaml", _yaml),
    "7 million scalars": ("--values", ".yaml", _flat_yaml),
    "a hundred thousand variables": ("--ecs", ".json", _many_variables),
    "variables that grow tenfold": ("--manifests", ".json", _expanding),
    "50 MiB of an env file": ("--after", ".env", _env),
    "50 MiB of JSON": ("--ecs", ".json", _json),
    "50 MiB of a plan": ("--tfplan", ".json", _plan),
    "50 MiB of a policy": ("--iam-policy", ".json", _json),
}


@pytest.mark.gate
@pytest.mark.parametrize("name", _CASES)
def test_a_large_file_is_bounded_in_memory_and_time(name: str, tmp_path: Path) -> None:
    flag, suffix, make = _CASES[name]
    path = tmp_path / f"large{suffix}"
    make(path)

    ended = subprocess.run(
        [sys.executable, "-m", "harness", "doctor", flag, str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY)),
        timeout=_LONGEST_S,
        check=False,
    )

    assert ended.returncode in {0, 1, 2, 3}, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout.strip()
