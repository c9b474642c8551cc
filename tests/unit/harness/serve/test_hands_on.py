"""The life of a served world: a refused change leaves what was, and nothing begins once it is being closed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.environment import EnvFile
from harness.serve.refusal import Refusal
from harness.target import TargetFailed
from tests.unit.harness.serve.served import Served, served


def test_a_cutover_that_is_refused_leaves_the_former_environment_running() -> None:
    with served(after={"KMS_PROVIDER": "aws"}) as world:
        refused = world.control("POST", "/cutover")
        state = world.control("GET", "/state").json

        assert (refused.status, refused.cause) == (422, "configuration_refused")
        assert "what ran before runs again" in refused.json["message"]
        assert refused.json["error"]["problems"][0].startswith("KMS_PROVIDER")
        assert (state["is_running"], state["environment"], state["provider"]) == (True, "before", "local")
        assert [boot["outcome"] for boot in state["boots"]] == ["stopped", "refused", "serving"]
        assert world.control("GET", f"/encrypted/{world.ids[0]}").ok


def test_a_cutover_of_a_stopped_sombra_that_is_refused_leaves_it_stopped() -> None:
    with served(after={"KMS_PROVIDER": "aws"}) as world:
        world.control("POST", "/gateway/stop")

        assert world.control("POST", "/cutover").status == 422
        assert world.hands.r.live == ()


def test_a_rollback_follows_a_cutover_by_hand_too(world: Served) -> None:
    world.control("POST", "/gateway/stop")
    world.control("POST", "/gateway/start", {"env_file": world.env["after"]})

    assert world.control("POST", "/rollback").json["environment"] == "rollback"


def test_a_gateway_that_ended_by_itself_is_noticed_and_another_can_be_started(
    world: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = type(world.world).stop

    def found_dead(self: object, instance: str) -> None:
        stop(world.world, instance)
        raise TargetFailed(f"the gateway {instance} ended by itself with exit code -9 (); rehearse again")

    world.world._transport.hang_up("http://gateway-control.fake")
    monkeypatch.setattr(type(world.world), "stop", found_dead)
    state = world.control("GET", "/state").json
    started = world.control("POST", "/gateway/start", {"env_file": world.env["before"]})

    assert (state["is_running"], state["instance"], state["keys"]) == (False, None, None)
    assert (started.status, started.json["instance"]) == (200, "before-2")
    assert "before-1 had ended by itself" in " ".join(line.text for line in world.hands.feed.since())


def test_nothing_begins_once_serve_is_being_closed(world: Served) -> None:
    world.hands.close()

    with pytest.raises(Refusal, match="being stopped"):
        world.hands.cut_over()
    assert world.control("POST", "/rollback").status == 503
    assert world.hands.r.live == ("before-1",)


def test_a_clock_that_an_environment_sets_itself_counts_on_top(world: Served, tmp_path: Path) -> None:
    own = tmp_path / "own.env"
    own.write_text(Path(world.env["before"]).read_text("utf-8") + "FAKE_SOMBRA_CLOCK_OFFSET_S=100\n", "utf-8")
    world.control("POST", "/gateway/stop")
    world.control("POST", "/clock", {"advance_s": 50})
    world.control("POST", "/gateway/start", {"env_file": str(own)})

    assert (world.hands.gateway() or {})["clock_offset_s"] == 150


def test_a_clock_that_an_environment_sets_wrongly_is_still_refused(world: Served, tmp_path: Path) -> None:
    own = tmp_path / "own.env"
    own.write_text(Path(world.env["before"]).read_text("utf-8") + "FAKE_SOMBRA_CLOCK_OFFSET_S=soon\n", "utf-8")
    world.control("POST", "/gateway/stop")
    world.control("POST", "/clock", {"advance_s": 50})

    assert world.control("POST", "/gateway/start", {"env_file": str(own)}).status == 422


def test_the_env_files_are_for_the_owner_alone_and_read_back_as_what_runs(world: Served) -> None:
    files = {name: EnvFile.read(path) for name, path in world.env.items()}

    assert set(files) == {"before", "after", "rollback"}
    for name, file in files.items():
        assert stat.S_IMODE(Path(file.path).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(file.path).parent.stat().st_mode) == 0o700
        hashes = file.variables["INTERNAL_KEY_HASH"].split(",")
        assert hashes[-1] == world.hands.r.secrets.internal_key_hash
        plain = {**file.variables, "INTERNAL_KEY_HASH": ",".join(hashes[:-1])}
        assert plain == dict(world.hands.environments[name])
