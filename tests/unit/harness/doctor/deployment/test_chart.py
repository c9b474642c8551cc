"""The public chart: what its defaults amount to, and how values files are laid over them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tests.unit.harness.doctor.deployment.deployed import gateway, known, report, told

_DEFAULTS = files("harness.rehearsal").joinpath("samples", "chart-defaults.yaml").read_text("utf-8")


def test_defaults_that_an_operator_leaves_out_count_all_the_same(tmp_path: Path) -> None:
    written = {finding.id for finding in report(tmp_path, "values", _DEFAULTS).findings}

    assert told(tmp_path, "values", "replicaCount: 1\n") == written


def test_a_default_is_placed_in_the_chart(tmp_path: Path) -> None:
    made = report(tmp_path, "values", "replicaCount: 1\n")

    assert {finding.file for finding in made.findings if finding.id == "probe-shared"} == {"(chart default)"}


def test_autoscaling_that_is_switched_on_is_told_where_it_is(tmp_path: Path) -> None:
    made = report(tmp_path, "values", _DEFAULTS, "autoscaling:\n  enabled: true\n")

    assert [finding.line for finding in made.findings if finding.id == "autoscaled"] == [2]


def test_maps_are_merged_deep_lists_are_replaced_and_null_deletes(tmp_path: Path) -> None:
    first = "image: {repository: sombra, tag: v1}\nenvs:\n  - {name: A, value: '1'}\ndatadog: {serviceName: x}\n"
    second = "image: {tag: v2}\nenvs:\n  - {name: B, value: '2'}\ndatadog: null\n"

    made = known(gateway(tmp_path, "values", first, second))

    assert "A" not in made
    assert "DD_SERVICE_NAME" not in made
    assert made["B"] == "2"
    assert "image-not-pinned" in told(tmp_path, "values", first, second)


def test_plain_values_beat_secrets_and_both_beat_env_from(tmp_path: Path) -> None:
    values = """\
envFrom: [{secretRef: {name: mine}}]
envs_as_secret: [{name: KMS_PROVIDER, value: local}]
envs: [{name: KMS_PROVIDER, value: AWS}]
"""
    made = gateway(tmp_path, "values", values)

    assert made.variables["KMS_PROVIDER"] == "AWS"
    assert [place.line for place in made.settings["KMS_PROVIDER"].beats] == [2]


def test_a_placeholder_that_shadows_env_from_is_told_with_what_it_hides(tmp_path: Path) -> None:
    made = report(tmp_path, "values", "envFrom:\n  - secretRef: {name: mine}\n")

    messages = [finding.message for finding in made.findings if finding.id == "placeholder-key"]
    assert len(messages) == 1
    assert "0.yaml:2:23" in messages[0]


def test_an_empty_list_lets_env_from_through_and_leaves_its_content_open(tmp_path: Path) -> None:
    made = report(tmp_path, "values", "envs_as_secret: []\nenvFrom:\n  - secretRef: {name: mine}\n")

    assert not {"placeholder-key", "key-missing"} & {finding.id for finding in made.findings}
    assert {"placeholder-key", "key-missing"} <= {each.rule for each in made.examined.unevaluated}
    assert made.exit_code == 3


def test_values_under_the_name_of_a_sub_chart_are_found(tmp_path: Path) -> None:
    made = gateway(tmp_path, "values", "sombra:\n  envs:\n    - {name: SOMBRA_ID, value: mine}\n")

    assert made.variables["SOMBRA_ID"] == "mine"


def test_a_list_that_repeats_or_moves_the_entries_drops_nothing(tmp_path: Path) -> None:
    first = (
        "envs: [{name: A, value: '1'}]\nenvs_as_secret: [{name: B, value: x}]\nenvFrom: [{secretRef: {name: mine}}]\n"
    )
    same = (
        "envs: []\nenvs_as_secret: [{name: A, value: '1'}, {name: B, value: x}]\nenvFrom: [{secretRef: {name: mine}}]\n"
    )
    less = "envFrom: [{secretRef: {name: other}}]\n"
    chart_own = len(_overlays(tmp_path, first))

    assert len(_overlays(tmp_path, first, same)) == chart_own
    assert any("drops mine of" in message for message in _overlays(tmp_path, first, less))


def test_an_operators_own_signing_key_that_gets_lost_is_told(tmp_path: Path) -> None:
    first = "envs_as_secret: [{name: JWT_ECDSA_KEY, value: x}]\n"

    assert any("JWT_ECDSA_KEY" in message for message in _overlays(tmp_path, first, "envs_as_secret: []\n"))


def test_the_schedulers_identity_cannot_be_given_by_values(tmp_path: Path) -> None:
    kms = "envs: [{name: KMS_PROVIDER, value: AWS}]"
    made = report(tmp_path, "values", f"serviceAccount: {{name: mine}}\njob-scheduler: {{enabled: true, {kms}}}\n")

    actions = [finding.next for finding in made.findings if finding.id == "identity-missing"]
    assert len(actions) == 1
    assert "no value" in actions[0]


def _overlays(folder: Path, *texts: str) -> list[str]:
    """What is told of lists that replace others."""
    return [each.message for each in report(folder, "values", *texts).findings if each.id == "list-overlay"]


def test_a_second_document_in_a_values_file_is_refused_at_its_place(tmp_path: Path) -> None:
    (fault,) = report(tmp_path, "values", "replicaCount: 1\n---\nreplicaCount: 2\n").unusable

    assert (fault.id, fault.line) == ("file-unusable", 3)
    assert "a file of its own" in fault.next
