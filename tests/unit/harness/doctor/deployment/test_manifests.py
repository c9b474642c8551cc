"""How Kubernetes resolves a container's environment, and which pods are Sombra's."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.doctor.command import diagnose
from harness.doctor.inputs import Inputs
from tests.unit.harness.doctor.deployment.deployed import gateway, known, report, told

_POD = """\
kind: Pod
metadata: {name: sombra}
spec:
  containers:
    - image: envoy:v1
    - image: sombra:v7.1
"""
_SECRET = "---\nkind: Secret\nmetadata: {name: s}\ndata: {A: b25l, B: dHdv}\nstringData: {B: three}\n"
_MAP = "---\nkind: ConfigMap\nmetadata: {name: m}\ndata: {A: four, C: five}\n"


def _pod(*lines: str) -> str:
    return _POD + "".join(f"      {line}\n" for line in lines)


def test_env_beats_env_from_and_a_later_env_from_an_earlier(tmp_path: Path) -> None:
    pod = _pod("envFrom: [{secretRef: {name: s}}, {configMapRef: {name: m}}]", "env: [{name: C, value: six}]")

    made = gateway(tmp_path, "manifests", pod + _SECRET + _MAP)

    assert known(made) == {"A": "four", "B": "three", "C": "six"}
    assert len(made.settings["A"].beats) == 1


def test_a_prefix_is_put_before_each_name(tmp_path: Path) -> None:
    pod = _pod("envFrom: [{prefix: X_, configMapRef: {name: m}}]")

    assert known(gateway(tmp_path, "manifests", pod + _MAP)) == {"X_A": "four", "X_C": "five"}


def test_a_reference_takes_the_value_and_the_place_of_the_secret(tmp_path: Path) -> None:
    pod = _pod("env: [{name: KMS_PROVIDER, valueFrom: {secretKeyRef: {name: s, key: A}}}]")

    made = gateway(tmp_path, "manifests", pod, _SECRET)

    assert made.variables["KMS_PROVIDER"] == "one"
    assert made.place("KMS_PROVIDER").file.endswith("1.yaml")


def test_an_absent_object_leaves_its_values_open(tmp_path: Path) -> None:
    pod = _pod("env: [{name: A, valueFrom: {secretKeyRef: {name: gone, key: A}}}, {name: B, value: $(A)}]")

    assert known(gateway(tmp_path, "manifests", pod)) == {"A": None, "B": None}


def test_an_optional_key_that_is_absent_is_unset_and_no_error(tmp_path: Path) -> None:
    pod = _pod("env: [{name: A, valueFrom: {configMapKeyRef: {name: m, key: Z, optional: true}}}]")

    assert known(gateway(tmp_path, "manifests", pod + _MAP)) == {}
    assert "reference-missing" not in told(tmp_path, "manifests", pod + _MAP)


def test_dollar_names_are_expanded_and_doubled_dollars_are_not(tmp_path: Path) -> None:
    pod = _pod("env: [{name: A, value: one}, {name: B, value: $(A)-$$(A)-$(Z)}]")

    assert known(gateway(tmp_path, "manifests", pod))["B"] == "one-$(A)-$(Z)"


def test_a_secret_of_another_namespace_is_not_taken(tmp_path: Path) -> None:
    pod = _pod("envFrom: [{secretRef: {name: s}}]").replace("{name: sombra}", "{name: sombra, namespace: a}", 1)
    secret = _SECRET.replace("{name: s}", "{name: s, namespace: b}")

    assert known(gateway(tmp_path, "manifests", pod + secret)) == {}


def test_an_unseen_env_from_is_no_missing_key_but_an_open_question(tmp_path: Path) -> None:
    made = report(tmp_path, "manifests", _pod("envFrom: [{secretRef: {name: gone}}]"))

    assert "key-missing" not in {finding.id for finding in made.findings}
    assert "key-missing" in {each.rule for each in made.examined.unevaluated}


def test_a_list_of_objects_is_opened(tmp_path: Path) -> None:
    items = "".join(f"  {line}\n" for line in _pod("env: [{name: A, value: one}]").splitlines())
    listed = "kind: List\nitems:\n-" + items[1:]

    assert known(gateway(tmp_path, "manifests", listed)) == {"A": "one"}


def test_files_without_a_gateway_are_an_open_question_and_no_pass(tmp_path: Path) -> None:
    made = report(tmp_path, "manifests", _POD.replace("sombra:v7.1", "storefront:v1"))

    assert [each.rule for each in made.examined.unevaluated] == ["no-gateway"]
    assert made.exit_code == 3


@pytest.mark.parametrize(
    "content",
    ["kind: [", "{{ if x }}\nkind: Pod\n", "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n"],
)
def test_what_is_not_rendered_yaml_is_unusable(tmp_path: Path, content: str) -> None:
    assert report(tmp_path, "manifests", content).exit_code == 2


def test_a_folder_is_read_whole_and_an_empty_one_is_unusable(tmp_path: Path) -> None:
    folder = tmp_path / "rendered"
    (folder / "deep").mkdir(parents=True)
    assert diagnose(Inputs(documents={"manifests": (str(folder),)})).exit_code == 2

    (folder / "deep" / "pod.yaml").write_text(_pod("env: [{name: KMS_PROVIDER, value: nope}]"), "utf-8")

    made = diagnose(Inputs(documents={"manifests": (str(folder),)}))
    assert "provider-unknown" in {finding.id for finding in made.findings}


@pytest.mark.parametrize("spec", ["[]", "null", "text", "{containers: 3}", "{containers: [3, null, {env: x}]}"])
def test_a_pod_of_odd_shape_is_never_a_traceback(tmp_path: Path, spec: str) -> None:
    assert report(tmp_path, "manifests", f"kind: Pod\nmetadata: {{name: sombra}}\nspec: {spec}\n").exit_code == 3


@pytest.mark.parametrize("image", ["sombra-llm-classifier:v1", "pathfinder:v1", "openpolicyagent/opa:v1"])
def test_what_stands_beside_sombra_is_no_gateway(tmp_path: Path, image: str) -> None:
    made = report(tmp_path, "manifests", _POD.replace("sombra:v7.1", image))

    assert [each.rule for each in made.examined.unevaluated] == ["no-gateway"]
