"""`serve` on real processes: one line, the same addresses for ever, and no trace however it ends."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from harness.environment import EnvFile
from tests.e2e.commands import children, is_alive, rehearsal, started
from tests.e2e.serving import Serving, call, serving

_MEMBERS = {
    "sombra_url",
    "sombra_transcend_url",
    "transcend_url",
    "kms_url",
    "control_url",
    "admin_url",
    "api_key",
    "internal_key",
    "audience",
    "requests",
    "env",
}
_DEADLINE_S = 20

pytestmark = pytest.mark.gate


@pytest.fixture(scope="module")
def world() -> Iterator[Serving]:
    """One world for the tests that leave it as they found it: under a local environment."""
    with serving("--requests", "16", "--quiet") as opened:
        yield opened
        opened.process.send_signal(signal.SIGTERM)
        opened.process.communicate(timeout=_DEADLINE_S)


def _first_file(world: Serving, request: Mapping[str, Any]) -> tuple[int, str]:
    listing = world.sombra("GET", f"/v1/data-subject-request/{request['id']}/download-keys").json
    node = listing["nodes"][0]
    answered = world.sombra("GET", f"/v1/files?downloadKey={quote(node['downloadKey'])}")
    return answered.status, hashlib.sha256(answered.body).hexdigest() if answered.status == 200 else answered.cause


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_the_ready_line_names_everything_and_every_address_answers(world: Serving) -> None:
    ready = world.ready

    assert set(ready) == _MEMBERS
    assert len(ready["requests"]) == 16
    assert len({each["status"] for each in ready["requests"]}) == 16
    assert {each["type"] for each in ready["requests"]} == {"ACCESS", "ERASURE"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for each in ready["requests"] for digest in each["files"].values())
    addresses = [ready[name] for name in sorted(_MEMBERS) if name.endswith("_url")]
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    assert len(set(addresses)) == 6
    assert all(call("GET", address + "/health").status for address in addresses)
    assert call("GET", ready["admin_url"]).status == 200
    assert {EnvFile.read(path).variables["KMS_PROVIDER"] for path in ready["env"].values()} == {"local", "AWS"}


def test_files_are_readable_before_refused_after_and_back_after_the_rollback_at_the_same_addresses(
    world: Serving,
) -> None:
    request = world.ready["requests"][0]
    before = _first_file(world, request)
    over = world.control("POST", "/cutover")
    during, handed = _first_file(world, request), world.control("GET", f"/encrypted/{request['id']}")
    back = world.control("POST", "/rollback")
    after, opened = _first_file(world, request), world.control("GET", f"/encrypted/{request['id']}")

    assert before == after == (200, request["files"]["export-1.bin"])
    assert (over.status, over.json["provider"]) == (200, "AWS")
    assert during == (500, "wrong_provider")
    assert (handed.status, handed.cause) == (500, "wrong_provider")
    assert (back.status, back.json["provider"]) == (200, "local")
    for entry, digest in zip(opened.json, request["files"].values(), strict=True):
        assert entry["sha256"] == digest
        ciphertext = call("GET", entry["url"])
        assert int(ciphertext.headers["content-length"]) == len(ciphertext.body) == entry["size"]
        assert ciphertext.headers["access-control-allow-origin"] == "*"
        assert "transfer-encoding" not in ciphertext.headers
        assert "content-encoding" not in ciphertext.headers


def test_a_gateway_that_is_killed_is_noticed_and_started_again_with_its_clock(world: Serving) -> None:
    moved = world.control("POST", "/clock", {"advance_s": 60}).json
    os.kill(moved["pid"], signal.SIGKILL)
    assert _until(lambda: world.control("GET", "/state").json["is_running"] is False)
    down = world.sombra("GET", "/health")
    started_ = world.control("POST", "/gateway/start", {"env_file": world.ready["env"]["before"]})

    assert down.status == 0
    assert (started_.status, started_.json["environment"]) == (200, "before")
    state = call("GET", f"http://127.0.0.1:{started_.json['overlay']['FAKE_SOMBRA_CONTROL_PORT']}/state").json
    assert state["clock_offset_s"] == moved["clock_offset_s"]


def test_it_ends_on_a_signal_with_0_and_leaves_no_process_and_no_file() -> None:
    with serving("--requests", "1") as world:
        parts, folder = children(world.process), Path(world.ready["env"]["before"]).parents[1]
        assert len(parts) == 4, "gateway, stand-in, KMS front and warden"
        assert folder.exists()
        world.control("POST", "/cutover")
        parts |= children(world.process)

        with urlopen(f"{world.ready['admin_url']}/events?since=0&version=0") as stream:  # noqa: S310  of the ready line
            assert stream.readline() == b"retry: 2000\n"
            world.process.send_signal(signal.SIGINT)
            assert stream.read().strip(), "a stream that is followed ends with the rest"
        out, err = world.process.communicate(timeout=_DEADLINE_S)

    assert world.process.returncode == 0
    assert out == "", "the ready line is all that is printed"
    assert world.ready["api_key"] not in err
    assert world.ready["internal_key"] not in err
    assert "Traceback" not in err
    assert world.ready["admin_url"] in err
    assert not any(is_alive(pid) for pid in parts)
    assert not folder.exists()


def test_killed_hard_it_leaves_no_process_and_no_secret_behind() -> None:
    with serving("--requests", "1", "--quiet") as world:
        parts, folder = children(world.process), Path(world.ready["env"]["before"]).parents[1]
        assert folder.exists()

        world.process.kill()
        world.process.communicate(timeout=_DEADLINE_S)

    assert _until(lambda: not any(is_alive(pid) for pid in parts))
    assert _until(lambda: not folder.exists())


def test_a_signal_while_it_starts_is_a_clean_end() -> None:
    with started("harness", "serve", "--requests", "200") as process:
        assert process.stderr is not None
        assert "starting" in process.stderr.readline()
        assert _until(lambda: bool(children(process)))
        parts = children(process)

        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=_DEADLINE_S)

    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert _until(lambda: not any(is_alive(pid) for pid in parts))


def test_a_neighbour_that_dies_ends_it_with_3_and_its_name() -> None:
    with serving("--requests", "1", "--quiet") as world:
        (kms,) = [pid for pid, words in children(world.process).items() if words[-1] == "kms"]

        os.kill(kms, signal.SIGKILL)
        _, err = world.process.communicate(timeout=_DEADLINE_S)

    assert world.process.returncode == 3
    assert "kms ended by itself" in err


def test_a_before_environment_that_sombra_refuses_is_a_no_go(tmp_path: Path) -> None:
    for name in ("before", "after"):
        (tmp_path / f"{name}.env").write_text("KMS_PROVIDER=Local\nORGANIZATION_URI=acme\n", "utf-8")

    ended = rehearsal("serve", "--before", str(tmp_path / "before.env"), "--after", str(tmp_path / "after.env"))

    assert (ended.code, ended.out) == (1, "")
    assert "the before environment is refused" in ended.last_line
    assert "KMS_PROVIDER" in ended.last_line


def test_an_operators_own_files_are_served_and_with_fresh_keys_when_asked(world: Serving, tmp_path: Path) -> None:
    for name in ("before", "after"):
        text = Path(world.ready["env"][name]).read_text("utf-8").replace("=rehearsal", "=acme")
        (tmp_path / f"{name}.env").write_text(text, "utf-8")
    files = ("--before", str(tmp_path / "before.env"), "--after", str(tmp_path / "after.env"))

    with serving(*files, "--generate-keys", "--requests", "1", "--quiet") as own:
        keys = own.control("GET", "/state").json["keys"]
        over = own.control("POST", "/cutover").json

    assert own.ready["audience"] == "acme"
    assert keys != world.control("GET", "/state").json["keys"]
    assert over["keys"][1:] == keys, "which entries are equal across the files is kept"
