"""The plan's survival table is the one of the guide's claims, for the operator's own environments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.doctor.inputs import Inputs
from harness.model import CLASSES, SIGNED, WRAPPED
from harness.plan.survival import RESTORED, Fate
from tests.conformance.startup_rows import HASH, aws, local
from tests.unit.harness.plan.migration import KEYS, good, keys, planned

_HIDDEN = {
    "name": "sombra",
    "image": "sombra:1",
    "env": [
        {"name": "KMS_PROVIDER", "value": "AWS"},
        {"name": "JWT_ECDSA_KEY", "valueFrom": {"secretKeyRef": {"name": "elsewhere", "key": "JWT_ECDSA_KEY"}}},
    ],
}


def fates(folder: Path, **files: Mapping[str, str]) -> dict[tuple[str, str, str], Fate]:
    found = planned(good(folder, files)).survival
    assert not found.undecided
    return {(each.artifact, each.made, each.moment): each for each in found.fates}


@pytest.mark.parametrize("kind", WRAPPED)
def test_what_local_wrapped_is_lost_by_the_cutover_and_comes_back(tmp_path: Path, kind: str) -> None:
    told = fates(tmp_path)

    assert told[kind, "before", "before-cutover"].readable
    assert told[kind, "before", "stopped"].cause == "connection_refused"
    assert told[kind, "before", "after-cutover"].cause == "wrong_provider"
    assert told[kind, "before", "after-rollback"].readable


@pytest.mark.parametrize("kind", WRAPPED)
def test_what_aws_wrapped_is_lost_by_the_rollback(tmp_path: Path, kind: str) -> None:
    told = fates(tmp_path)

    assert told[kind, "after", "after-cutover"].readable
    assert told[kind, "after", "after-rollback"].cause == "wrong_provider"


@pytest.mark.parametrize("kind", [*WRAPPED, *SIGNED])
def test_restoring_the_old_environment_loses_what_the_rollback_wrote(tmp_path: Path, kind: str) -> None:
    told = fates(tmp_path)

    assert told[kind, "rollback", "after-rollback"].readable
    assert told[kind, "rollback", RESTORED].cause == "signature_invalid"


@pytest.mark.parametrize("kind", SIGNED)
def test_a_dropped_old_key_takes_its_tokens_with_it(tmp_path: Path, kind: str) -> None:
    kept, dropped = fates(tmp_path), fates(tmp_path, after=aws(**{KEYS: keys("new")}))

    assert kept[kind, "before", "after-cutover"].readable
    assert dropped[kind, "before", "after-cutover"].cause == "signature_invalid"


def test_a_consent_key_of_its_own_outlives_a_dropped_signing_key(tmp_path: Path) -> None:
    own = {"CONSENT_IDENTIFIER_ENCRYPTION_KEY": HASH}
    alone = aws(**{KEYS: keys("new")})

    assert not fates(tmp_path, after=alone)["consent_identifier", "before", "after-cutover"].readable
    told = fates(tmp_path, before=local(**own), after={**alone, **own})
    assert told["consent_identifier", "before", "after-cutover"].readable


def test_counts_of_the_inventory_stand_with_what_exists_before_the_cutover(tmp_path: Path) -> None:
    found = planned(good(tmp_path), inventory={"file": 120}).survival.fates

    assert {each.count for each in found if each.artifact == "file" and each.made == "before"} == {120}
    assert {each.count for each in found if each.artifact != "file" or each.made != "before"} == {None}


def test_eras_carry_the_names_of_the_guide_and_never_a_secret(tmp_path: Path) -> None:
    found = planned(good(tmp_path)).survival.fates

    assert {each.era for each in found} == {"L(old)", "s=old", "A(x)", "s=new", "L(new)"}
    assert {each.artifact for each in found} == set(CLASSES)


def test_a_key_list_that_is_not_in_the_files_decides_nothing(tmp_path: Path) -> None:
    pod = {"template": {"spec": {"containers": [_HIDDEN]}}}
    manifest = {"kind": "Deployment", "metadata": {"name": "sombra"}, "spec": pod}
    (tmp_path / "sombra.json").write_text(json.dumps(manifest), "utf-8")
    files = good(tmp_path)

    plan = planned(Inputs(files.before, None, None, {"manifests": (str(tmp_path / "sombra.json"),)}))

    assert plan.survival.undecided.startswith("the value of JWT_ECDSA_KEY is not in the files")
    assert plan.deployment == "kubernetes"
    assert plan.report.exit_code != 0
    assert "cannot be told" in {point.id: point.lost for point in plan.points}["first-write"]


def test_an_environment_that_does_not_start_decides_nothing(tmp_path: Path) -> None:
    plan = planned(good(tmp_path, {"after": aws(AWS_REGION="")}))

    assert plan.survival.fates == ()
    assert "does not start with the environment after" in plan.survival.undecided
    assert plan.report.exit_code == 1
