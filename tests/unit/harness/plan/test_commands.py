"""Every command of a plan is bash, names the operator's own files, and stands where the guide puts it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs, read_all
from harness.environment import EnvFile
from harness.key_facts import key_entries
from harness.plan.document import RENDERERS
from harness.plan.plan import Plan, plan_for
from harness.plan.platforms import PLATFORMS
from harness.plan.platforms.platform import word
from harness.plan.step import Step
from harness.plan.switching import fingerprint_command
from tests.conformance.startup_rows import aws, p384
from tests.unit.harness.plan.migration import good, planned

_DOCUMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "env files": {},
    "values": {"values": ("ours.yaml", "it's ours.yaml")},
    "manifests": {"manifests": ("rendered",)},
    "compose": {"compose": ("compose.yaml",)},
    "ecs": {"ecs": ("task.json",)},
    "tfplan": {"tfplan": ("plan.json",)},
}
CALLS = ("SOMBRA_URL=http://sombra", 'sombra() { curl --fail --silent --show-error --header @sombra-headers "$@"; }')
"""What the step `names` leaves in the shell."""
_HOSTILE = "a'; touch hacked #\n```\n$(touch hacked)"


def made(folder: Path, platform: str, documents: dict[str, tuple[str, ...]], *, back: bool = False) -> Plan:
    """A plan whose documents are only named: reading them is not what is tested here."""
    known = good(folder, {"rollback": aws(KMS_PROVIDER="local")} if back else None)
    named = Inputs(known.before, known.after, known.rollback, documents)
    return plan_for(named, read_all(known, {}), inventory={}, deployment=platform)


def step(plan: Plan, identity: str) -> Step:
    (found,) = [each for each in plan.steps if each.id == identity]
    return found


def _public_pem(name: str) -> bytes:
    private = load_pem_private_key(b64decode(p384(name)), None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def blocks(page: str) -> list[str]:
    return [block for _, block in re.findall(r"^(`{3,})bash\n(.*?)^\1$", page, re.MULTILINE | re.DOTALL)]


@pytest.mark.gate
@pytest.mark.parametrize("back", [False, True], ids=["guide's rollback", "own rollback"])
@pytest.mark.parametrize("documents", _DOCUMENTS.values(), ids=_DOCUMENTS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_command_block_is_bash(
    tmp_path: Path, platform: str, documents: dict[str, tuple[str, ...]], *, back: bool
) -> None:
    found = blocks(RENDERERS["markdown"](made(tmp_path, platform, documents, back=back)))

    assert len(found) > 12
    for block in found:
        read = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert read.returncode == 0, f"{block}\n{read.stderr}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_sombra_is_stopped_and_gone_before_anything_is_set_or_started(tmp_path: Path, platform: str) -> None:
    plan = made(tmp_path, platform, {})

    order = [each.id for each in plan.steps]
    assert order.index("save") < order.index("stop") < order.index("configure") < order.index("start")
    assert order.index("start") < order.index("health") < order.index("probe") < order.index("receivers")
    assert step(plan, "stop").commands[-1].startswith("test -z ")
    assert step(plan, "start").back is not None


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_step_says_how_to_go_back(tmp_path: Path, platform: str) -> None:
    plan = made(tmp_path, platform, {})

    assert [each.id for each in plan.steps if each.back is None] == []
    assert CALLS[1] in step(plan, "names").commands


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_traps_of_the_operators_tools_are_rows_of_the_plan(tmp_path: Path, platform: str) -> None:
    told = {trap.claim for each in made(tmp_path, platform, {}).steps for trap in each.traps}

    assert {"D-02", "D-04", "D-06", "D-08", "D-09", "D-10", "D-11", "D-12"} <= told


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_of_these_traps_has_a_command_that_works(tmp_path: Path, platform: str) -> None:
    traps = [trap for each in made(tmp_path, platform, {}).steps for trap in each.traps]

    armed = {trap.claim for trap in traps if trap.instead}
    assert {"D-08", "D-09", "D-10", "D-11"} <= armed
    assert ("D-07" in armed) == (platform == "kubernetes")  # the chart's own


def test_the_working_commands_avoid_the_clients_traps(tmp_path: Path) -> None:
    plan = made(tmp_path, "docker", {})

    assert all("download-files" not in line for line in step(plan, "archive").commands)
    assert "--statuses=REQUEST_MADE,ENRICHING,ON_HOLD" in step(plan, "drain").commands[0]
    assert all("SECONDARY" not in line for line in step(plan, "drain").commands if "request cancel" in line)
    assert all("--copyIdentifiers" not in line for line in step(plan, "restart").commands)


def test_the_probe_demands_the_new_key_as_signer(tmp_path: Path) -> None:
    fingerprint = key_entries(p384("new"))[0].fingerprint

    assert step(made(tmp_path, "docker", {}), "probe").commands[-1] == f'test "$SIGNER" = {fingerprint}'


def test_the_shell_makes_the_fingerprint_that_the_doctor_prints() -> None:
    command = ["bash", "-c", fingerprint_command()]

    made_by_shell = subprocess.run(command, input=_public_pem("new"), capture_output=True, check=True)

    assert made_by_shell.stdout.decode().strip() == key_entries(p384("new"))[0].fingerprint


def test_the_commands_of_the_way_back_set_the_provider_and_nothing_else(tmp_path: Path) -> None:
    back = step(made(tmp_path, "docker", {}), "configure").back
    assert back is not None

    subprocess.run(["bash", "-euc", "\n".join(back.commands)], cwd=tmp_path, check=True)

    after = EnvFile.read(tmp_path / "after.env").variables
    assert EnvFile.read(tmp_path / "rollback.env").variables == {**after, "KMS_PROVIDER": "local"}
    assert (tmp_path / "rollback.env").stat().st_mode & 0o077 == 0


def test_the_values_of_the_way_back_differ_in_the_provider_alone(tmp_path: Path) -> None:
    values = "envs:\n  - name: KMS_PROVIDER\n    value: AWS\n  - name: AWS_REGION\n    value: eu-west-1\n"
    (tmp_path / "ours.yaml").write_text(values, "utf-8")
    back = step(made(tmp_path, "kubernetes", {"values": ("ours.yaml",)}), "configure").back
    assert back is not None

    subprocess.run(["bash", "-euc", "\n".join(back.commands)], cwd=tmp_path, check=True)

    assert (tmp_path / "rollback-1.values.yaml").read_text("utf-8") == values.replace("value: AWS", "value: local")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_probe_reads_back_what_it_made(tmp_path: Path) -> None:
    """The documented calls, against a `curl` that answers as Sombra does and keeps what it is sent."""
    public = _public_pem("new").decode()
    stub = f"""curl() {{ case "${{@: -1}}" in
      */public-keys/*) printf '%s' '{public}' ;;
      */v1/data-subject-request) jq .subject.coreIdentifier > made; echo '{{"request": {{"id": "r-1"}}}}' ;;
      */v1/request-identifiers) jq --raw-output .requestId > read ;;
      *) return 22 ;;
    esac; }}"""
    commands = "\n".join((stub, *CALLS, *step(made(tmp_path, "docker", {}), "probe").commands))

    subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=tmp_path, check=True)

    assert (tmp_path / "made").read_text("utf-8").strip() == '"cutover-probe"'
    assert (tmp_path / "read").read_text("utf-8").strip() == "r-1"
    wrong = commands.replace(public, _public_pem("old").decode())
    assert subprocess.run(["bash", "-euo", "pipefail", "-c", wrong], cwd=tmp_path, check=False).returncode == 1


def test_ports_are_those_of_the_environment(tmp_path: Path) -> None:
    plan = planned(good(tmp_path, {"after": aws(INTERNAL_PORT_HTTP="8039", EXTERNAL_PORT_HTTP="8042")}))

    assert "127.0.0.1:8042/health" in step(plan, "health").commands[1]


def test_env_files_alone_are_a_plan_for_docker(tmp_path: Path) -> None:
    assert planned(good(tmp_path)).deployment == "docker"


@pytest.mark.parametrize("path", [_HOSTILE, "plain.env", "with blank.env", "é.env", "tab\there", "é\there", "a`b"])
def test_a_file_name_is_one_word_of_bash_whatever_it_holds(path: str, tmp_path: Path) -> None:
    said = subprocess.run(["bash", "-c", f"printf '%s|' {word(path)}"], capture_output=True, check=True, cwd=tmp_path)

    assert said.stdout.decode() == f"{path}|"
    assert list(tmp_path.iterdir()) == []
    assert "\n" not in word(path)


def test_no_format_tells_a_key(tmp_path: Path) -> None:
    plan = made(tmp_path, "kubernetes", {})

    for render in RENDERERS.values():
        told = render(plan)
        assert p384("old") not in told
        assert p384("new") not in told
        assert shlex.quote(str(tmp_path / "after.env")) in told


def test_terraform_applies_only_what_the_doctor_has_read_and_never_goes_back_by_its_own_switch(tmp_path: Path) -> None:
    """D-08: the module's way back deletes the key; the plan's goes by an environment variable."""
    plan = made(tmp_path, "terraform", {"tfplan": ("plan.json",)})

    for commands, name in ((step(plan, "configure").commands, "cutover"), (back_of(plan, "configure"), "rollback")):
        order = [line.split()[0:2] for line in commands]
        assert order.index(["terraform", "plan"]) < order.index(["terraform", "show"])
        assert order.index(["terraform", "show"]) < order.index(["sombra-rehearsal", "doctor"])
        assert f"--tfplan {name}.tfplan.json --only kms-key-destroyed" in commands[3]
    assert 'KMS_PROVIDER = "local"' in back_of(plan, "configure")[0]
    assert "use_local_kms = false" in back_of(plan, "configure")[0]
    assert "terraform apply rollback.tfplan" in back_of(plan, "start")
    assert step(plan, "start").commands[0].startswith("test -z ")
    traps = " ".join(trap.what for trap in step(plan, "start").traps if trap.claim == "D-08")
    assert "terraform state rm" in traps
    assert "prevent_destroy" in traps


def test_the_address_of_the_key_is_the_one_in_the_operators_plan(tmp_path: Path) -> None:
    at = 'module.eu["x y"].aws_kms_key.key[0]'
    change = {"actions": ["no-op"], "before": {"arn": "a"}, "after": {"arn": "a"}}
    entry = {"address": at, "type": "aws_kms_key", "name": "key", "change": change}
    (tmp_path / "plan.json").write_text(json.dumps({"format_version": "1.2", "resource_changes": [entry]}), "utf-8")
    known = good(tmp_path)
    named = Inputs(known.before, known.after, documents={"tfplan": (str(tmp_path / "plan.json"),)})

    plan = plan_for(named, read_all(named, READERS), inventory={})

    assert plan.deployment == "terraform"
    assert any(shlex.quote(at) in trap.what for trap in step(plan, "start").traps)


def test_the_rehearsal_is_given_every_document(tmp_path: Path) -> None:
    plan = made(tmp_path, "terraform", {"tfplan": ("a plan.json",), "iam-policy": ("role.json",)})

    assert "--tfplan 'a plan.json' --iam-policy role.json" in step(plan, "rehearse").commands[0]


def back_of(plan: Plan, identity: str) -> tuple[str, ...]:
    """The commands of a step's way back."""
    back = step(plan, identity).back
    assert back is not None
    return back.commands
