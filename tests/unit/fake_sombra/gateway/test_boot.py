"""A boot as a value: what it refuses, what it shows, what it reports in the background."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any

import pytest

from fake_sombra.errors import ConfigurationRefused, Refusal
from fake_sombra.gateway import assembly
from fake_sombra.gateway.boot import boot
from fake_sombra.http import Loopback
from fake_sombra.logs import Collected
from tests.unit.fake_sombra.gateway.kms import ARN, OneKey, aws
from tests.unit.fake_sombra.gateway.world import (
    CLOUD,
    CONTROL,
    INTERNAL_KEY,
    SECRET,
    environ,
    in_loop,
    signing_key,
    world,
)

_THROW = {"AWS_KMS_THROW_PERMISSIONS_ERRORS": "true"}


def test_a_refused_environment_names_every_problem_at_once() -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        boot({"KMS_PROVIDER": "local,AWS"}, transport=Loopback(), log=Collected())

    named = {problem.variable for problem in refused.value.problems}
    assert named == {"KMS_PROVIDER", "ORGANIZATION_URI", "JWT_ECDSA_KEY", "INTERNAL_KEY_HASH"}


@in_loop
async def test_the_state_shows_fingerprints_and_no_values() -> None:
    async with world(aws("new", "old", FAKE_SOMBRA_INSTANCE="blue"), kms=OneKey()) as here:
        state = (await here.call("GET", "/state", origin=CONTROL)).json

        assert state == here.gateway.state()
        assert (state["instance"], state["provider"]) == ("blue", "AWS")
        assert (state["kms_key_arn"], state["region"]) == (ARN, "eu-west-1")
        assert len(state["keys"]) == 2
        assert all(re.fullmatch("[0-9a-f]{16}", key) for key in state["keys"])
        assert state["forgotten"] == []
        assert state["started_at"] == here.now[0]


@in_loop
async def test_the_control_plane_moves_the_clock_forward_only() -> None:
    async with world(environ(FAKE_SOMBRA_CLOCK_OFFSET_S="10")) as here:
        moved = await here.call("POST", "/clock", {"advance_s": 50}, origin=CONTROL)
        back = await here.call("POST", "/clock", {"advance_s": -1}, origin=CONTROL)
        text = await here.call("POST", "/clock", {"advance_s": "1"}, origin=CONTROL)

        assert moved.json["clock_offset_s"] == 60
        assert [seen.status for seen in (back, text)] == [400, 400]
        assert here.gateway.state()["clock_offset_s"] == 60


@in_loop
async def test_the_control_plane_is_not_on_a_product_port() -> None:
    async with world() as here:
        for path in ("/state", "/clock"):
            assert (await here.call("GET", path)).status == 404
        assert (await here.call("GET", "/health", origin=CONTROL)).status == 404


@in_loop
async def test_the_background_report_tells_provider_and_keys() -> None:
    async with world(environ("new", "old", SOMBRA_REVERSE_TUNNEL_API_KEY="api-key", SOMBRA_ID="s1")) as here:
        await here.gateway.start()
        await here.gateway.settled()

        (report,) = here.cloud.syncs
        assert (report["id"], report["uri"], report["kmsProvider"]) == ("s1", "acme", "local")
        kinds = {key_set["keyType"]: key_set["canaries"] for key_set in report["keySets"]}
        assert [each["canaryValue"] for each in kinds["JWT_ECDSA_PUBLIC_KEY"]] == here.gateway.state()["keys"]
        assert [each["index"] for each in kinds["JWT_ECDSA_PUBLIC_KEY"]] == [0, 1]
        assert not [entry for entry in here.log.entries if entry["level"] == "error"]


@in_loop
async def test_a_report_that_is_turned_away_is_one_error_line_and_health_stays_green() -> None:
    async with world(environ(SOMBRA_REVERSE_TUNNEL_API_KEY="another")) as here:
        await here.gateway.start()
        await here.gateway.settled()

        errors = [entry for entry in here.log.entries if entry["level"] == "error"]
        assert [(entry["event"], entry["code"]) for entry in errors] == [("config_sync_failed", "not_authenticated")]
        assert (await here.call("GET", "/health")).status == 200


@in_loop
async def test_a_report_finds_a_cloud_that_comes_up_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_sombra.gateway.config_sync.RETRY_AFTER_S", (0.0,) * 5)
    async with world(environ(SOMBRA_REVERSE_TUNNEL_API_KEY="api-key")) as here:
        here.net.hang_up(CLOUD)
        await here.gateway.start()
        assert (await here.call("GET", "/health")).status == 200

        here.net.listen(CLOUD, here.cloud)
        await here.gateway.settled()

        assert len(here.cloud.syncs) == 1


@in_loop
async def test_a_cloud_that_never_answers_is_one_error_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_sombra.gateway.config_sync.RETRY_AFTER_S", (0.0, 0.0))
    async with world(environ(SOMBRA_REVERSE_TUNNEL_API_KEY="api-key")) as here:
        here.net.hang_up(CLOUD)
        await here.gateway.start()
        await here.gateway.settled()

        errors = [entry for entry in here.log.entries if entry["level"] == "error"]
        assert [(entry["event"], entry["code"]) for entry in errors] == [("config_sync_failed", "bad_gateway")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("AccessDeniedException", "kms_access_denied"),
        ("DisabledException", "kms_key_disabled"),
        ("unreachable", "kms_unreachable"),
    ],
)
@in_loop
async def test_a_kms_that_fails_its_canary_is_one_error_line_and_the_start_goes_on(error: str, code: str) -> None:
    kms = OneKey(refuses={"Encrypt": error})
    async with world(aws("new"), kms=kms) as here:
        await here.gateway.start()
        await here.gateway.settled()

        errors = [entry for entry in here.log.entries if entry["level"] == "error"]
        assert [(entry["event"], entry["code"]) for entry in errors] == [("kms_self_test_failed", code)]
        assert (await here.call("GET", "/health")).status == 200


@pytest.mark.parametrize("operation", ["GenerateRandom", "Encrypt", "Decrypt"])
@pytest.mark.parametrize("error", ["AccessDeniedException", "ExpiredTokenException"])
@in_loop
async def test_with_the_throw_flag_a_denial_refuses_the_start(operation: str, error: str) -> None:
    kms = OneKey(refuses={operation: error})
    async with world(aws("new", **_THROW), kms=kms) as here:
        with pytest.raises(ConfigurationRefused) as refused:
            await here.gateway.start()

        (problem,) = refused.value.problems
        assert problem.variable == "AWS_KMS_THROW_PERMISSIONS_ERRORS"
        assert here.log.entries == []


@pytest.mark.parametrize("error", ["DisabledException", "NotFoundException", "unreachable"])
@in_loop
async def test_with_the_throw_flag_other_trouble_is_one_line_and_the_start_goes_on(error: str) -> None:
    async with world(aws("new", **_THROW), kms=OneKey(refuses={"*": error})) as here:
        await here.gateway.start()
        await here.gateway.settled()

        errors = [entry for entry in here.log.entries if entry["level"] == "error"]
        assert [entry["event"] for entry in errors] == ["kms_self_test_failed"]


@in_loop
async def test_with_the_throw_flag_a_silent_kms_holds_the_start_up_for_its_deadline_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assembly, "SELF_TEST_DEADLINE_S", 0.05)
    held = threading.Event()

    class Silent(OneKey):
        def generate_random(self, **asked: Any) -> dict[str, Any]:
            held.wait(5)
            return super().generate_random(**asked)

    async with world(aws("new", **_THROW), kms=Silent()) as here:
        await here.gateway.start()
        held.set()

        (line,) = here.log.of("kms_self_test_failed")
        assert line["code"] == "kms_unreachable"


@in_loop
async def test_notes_and_warnings_of_an_accepted_start_are_log_lines() -> None:
    async with world(environ("old", "old", AWS_REGION="eu-west-1")) as here:
        lines = {str(line["variable"]): line["level"] for line in here.log.of("configuration")}

        assert lines == {"JWT_ECDSA_KEY": "warn", "AWS_REGION": "info"}


@in_loop
async def test_the_log_level_silences_lines_below_it() -> None:
    async with world(environ("old", AWS_REGION="eu-west-1", LOG_LEVEL="error")) as here:
        await here.call("GET", "/v1/nothing")

        assert here.log.entries == []


@in_loop
async def test_no_log_line_and_no_repr_holds_a_secret() -> None:
    environment = environ("old", SOMBRA_REVERSE_TUNNEL_API_KEY="sentinel-tunnel")
    async with world(environment) as here:
        await here.gateway.start()
        await here.gateway.settled()
        request_id = await here.submit()
        await here.attach(request_id, b"sentinel-plaintext")
        nonce = await here.nonce(request_id)
        await here.restart(environ("new"))
        await here.download(request_id)
        await here.call("POST", "/v1/data-silo", {"profiles": []}, headers={"x-transcend-nonce": nonce})

        shown = f"{here.log.entries}{here.gateway!r}{here.gateway.settings!r}"
        for secret in ("sentinel", INTERNAL_KEY, SECRET, signing_key("old"), signing_key("new"), nonce):
            assert secret not in shown


@in_loop
async def test_a_crash_is_an_answer_without_its_text_and_a_line_with_its_type() -> None:
    async with world() as here:

        async def crash(*_: object, **__: object) -> None:
            raise ZeroDivisionError("sentinel")

        here.gateway._parts.keyring.generate = crash  # type: ignore[method-assign,assignment]
        body = {"type": "ACCESS", "subject": {"coreIdentifier": "a"}, "subjectType": "c"}
        seen = await here.call("POST", "/v1/data-subject-request", body)

        assert (seen.status, seen.code) == (500, "internal")
        (line,) = here.log.of("call_crashed")
        assert line["error"] == "ZeroDivisionError"
        assert "sentinel" not in f"{here.log.entries}{seen.body!r}"


@in_loop
async def test_a_report_that_crashes_is_known_at_the_latest_when_the_boot_ends() -> None:
    class Broken(OneKey):
        def generate_random(self, **asked: Any) -> dict[str, Any]:
            raise ZeroDivisionError("sentinel")

    async with world(aws("new"), kms=Broken()) as here:
        await here.gateway.start()
        await here.gateway.settled()
        await here.gateway.close()

        (line,) = here.log.of("report_crashed")
        assert line["error"] == "ZeroDivisionError"


def test_the_cause_of_a_refused_start_is_kept_for_a_debugger() -> None:
    async def scenario() -> None:
        async with world(aws("new", **_THROW), kms=OneKey(refuses={"*": "AccessDeniedException"})) as here:
            with pytest.raises(ConfigurationRefused) as refused:
                await here.gateway.start()
            assert isinstance(refused.value.__cause__, Refusal)

    asyncio.run(scenario())
