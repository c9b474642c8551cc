"""The compose stack in one command: up, healthy, cut over, back, down, with nothing left behind."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fake_sombra.settings import load
from harness.environment import EnvFile
from harness.targets.child import free_port

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parents[2]
_PORTS = ("CUSTOMER_PORT", "INGRESS_PORT", "TRANSCEND_PORT", "TRANSCEND_CONTROL_PORT", "KMS_PORT", "KMS_CONTROL_PORT")


def test_its_environments_start_and_its_secrets_are_readable_by_their_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: dict[str, int] = {}
    monkeypatch.setattr(os, "chown", lambda path, user, group: owners.update({Path(path).name: user}))

    runpy.run_path(str(ROOT / "docker/environment.py"))["write"](tmp_path)

    started = [load(EnvFile.read(str(tmp_path / f"{name}.env")).variables) for name in ("before", "after", "rollback")]
    assert [each.provider for each in started] == ["local", "AWS", "local"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert {name for name, owner in owners.items() if owner == 10_001} == {"api-keys", "ingress-secret"}
    secret = (tmp_path / "ingress-secret").read_text("utf-8").strip()
    assert f"FAKE_SOMBRA_INGRESS_SECRET={secret}" in (tmp_path / "after.env").read_text("utf-8").splitlines()


def _compose_is_there() -> bool:
    if shutil.which("docker") is None:
        return False
    plugin = subprocess.run(("docker", "compose", "version"), capture_output=True, check=False)
    return plugin.returncode == 0 or shutil.which("docker-compose") is not None


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The environment in which `docker/stack.sh` is called; skipped where there is no engine, image or Compose."""
    pytest.importorskip("docker", reason="the extra `containers` is not installed")
    from harness.targets.container import Engine, NoEngine  # noqa: PLC0415  needs the extra

    try:
        image = Engine.found().image
    except NoEngine as missing:
        pytest.skip(f"no containers here: {missing}")
    if not _compose_is_there():
        pytest.skip("no Compose here; install its plugin (Debian: docker-compose)")
    folder = tmp_path / "stack"
    environ = {
        **os.environ,
        **{name: str(free_port()) for name in _PORTS},
        "COMPOSE_PROJECT_NAME": f"rehearsal-{os.getpid()}",
        "SOMBRA_REHEARSAL_IMAGE": image,
        "SOMBRA_REHEARSAL_STACK": str(folder),
    }
    yield environ
    _run(environ, "down")
    left = subprocess.run(
        ("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={environ['COMPOSE_PROJECT_NAME']}"),
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert left.stdout == ""


def _run(environ: Mapping[str, str], *arguments: str) -> None:
    done = subprocess.run(
        (str(ROOT / "docker/stack.sh"), *arguments), env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _registered(environ: Mapping[str, str]) -> int:
    folder = Path(environ["SOMBRA_REHEARSAL_STACK"])
    headers = {
        "authorization": f"Bearer {(folder / 'api-keys').read_text('utf-8').strip()}",
        "x-sombra-authorization": f"Bearer {(folder / 'internal-key').read_text('utf-8').strip()}",
        "content-type": "application/json",
    }
    body = json.dumps({"secretMap": {"k": "v"}, "allowedHosts": ["api.example.com"], "allowedPlaintextPaths": []})
    address = f"http://127.0.0.1:{environ['CUSTOMER_PORT']}/v1/register-saas"
    request = urllib.request.Request(address, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  as above
        return int(answer.status)


def _operations(environ: Mapping[str, str]) -> list[str]:
    address = f"http://127.0.0.1:{environ['KMS_CONTROL_PORT']}/journal"
    with urllib.request.urlopen(address, timeout=10) as answer:
        document: Any = json.loads(answer.read())
    return [entry["operation"] for entry in document["calls"]]


@pytest.mark.skipif(os.getuid() != 0, reason="files of the services belong to another user, which only root may read")
def test_the_stack_comes_up_cuts_over_and_goes_down(stack: Mapping[str, str]) -> None:
    _run(stack, "up")
    assert (_registered(stack), _operations(stack)) == (200, [])

    _run(stack, "start", "after")
    assert _registered(stack) == 200
    assert "Encrypt" in _operations(stack)

    _run(stack, "start", "rollback")
    assert _registered(stack) == 200
