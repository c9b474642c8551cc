"""What a platform team gets from the pytest plugin: fixtures, options, and the shipped scenarios as tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenarios
from harness import catalogue
from tests.plugins import OURS, without

pytest_plugins = ("pytester",)

_CALM = without("randomly", "cacheprovider", *OURS)
_FOLDER = Path(scenarios.__file__).parent

_OWN_TESTS = """
    import pytest

    def test_a_request_is_accepted_and_listed(rehearsal, sombra, transcend):
        from harness.rehearsal.seed import Seeder
        Seeder(rehearsal, 7).requests(["COMPILING"])
        listing = rehearsal.exchange([transcend("GET", "requests?first=10")])[0]
        assert listing.json["totalCount"] == 1
        assert rehearsal.exchange([sombra.health()])[0].ok

    def test_the_next_test_has_a_world_of_its_own(rehearsal, sombra, transcend):
        assert rehearsal.exchange([transcend("GET", "requests?first=10")])[0].json["totalCount"] == 0

    def test_the_kms_can_be_steered(rehearsal, kms):
        from scenarios.parts import functional_probe
        rehearsal.must_start("after")
        kms.deny("kms:Encrypt")
        functional_probe(rehearsal, 7, "after-cutover")
        assert rehearsal.history.of("functional-probe")[0]["cause"] == "kms_access_denied"

    def test_without_a_start_nobody_answers(rehearsal):
        assert rehearsal.live == ()
        assert rehearsal.exchange([rehearsal.customer.health()])[0].status == 0
"""


def test_own_tests_have_worlds_of_their_own_in_two_workers(pytester: pytest.Pytester) -> None:
    """A folder of theirs that is called `scenarios` is left alone."""
    pytester.makepyfile(_OWN_TESTS)
    folder = pytester.mkdir("scenarios")
    (folder / "test_of_the_team.py").write_text("def test_its_own():\n    assert True\n", encoding="utf-8")

    result = pytester.runpytest_subprocess(*_CALM, "-n", "2", "-W", "error", "--sombra-kms", "moto")

    result.assert_outcomes(passed=5)


def test_target_and_seed_are_options_and_a_failure_shows_no_secret(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_the_world_is_one_of_processes(rehearsal, sombra, pytestconfig):
            assert rehearsal.world.target == "process"
            assert rehearsal.exchange([sombra.health()])[0].ok
            assert pytestconfig.getoption("--sombra-seed") == 11

        def test_that_fails(rehearsal, sombra, transcend):
            key = rehearsal.environments["before"]["JWT_ECDSA_KEY"]
            print("KEY", key[44:84])
            del key
            assert rehearsal is None
        """
    )

    result = pytester.runpytest_subprocess(
        *_CALM, "--sombra-target", "process", "--sombra-seed", "11", "--showlocals", "-vv"
    )

    result.assert_outcomes(passed=1, failed=1)
    told = result.stdout.str()
    (planted,) = [line.split()[1] for line in told.splitlines() if line.startswith("KEY ")]
    assert told.count(planted) == 1


def test_the_shipped_scenarios_are_collected_each_once(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*_CALM, "--collect-only", "-q", str(_FOLDER))

    collected = [line.split("::")[1] for line in result.outlines if "::" in line]
    assert sorted(collected) == sorted(catalogue.scenarios())


def test_a_scenario_that_is_no_go_is_a_failed_test_with_the_verdict_and_no_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        planted="""
        from dataclasses import replace
        from types import MappingProxyType
        from harness import generated

        good = generated.before_and_after

        def without_the_old_key():
            before, after = good()
            new = after.variables["JWT_ECDSA_KEY"].split(",")[0]
            return before, replace(after, variables=MappingProxyType({**after.variables, "JWT_ECDSA_KEY": new}))

        generated.before_and_after = without_the_old_key
        """
    )

    result = pytester.runpytest_subprocess(
        *_CALM, "-p", "planted", f"{_FOLDER / 'alternatives.py'}::historical_downloads"
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["no-go: *G-*", "*rollback-restores: fail: *", "FAILED *alternatives.py::historical_downloads*"]
    )
    assert "Traceback" not in result.stdout.str()
