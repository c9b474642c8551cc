"""The wheel, installed outside the checkout: complete, without the tests, and able to rehearse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[2]
_PACKAGES = {"fake_sombra", "harness", "scenarios"}


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel, and an environment that holds it and nothing else of ours."""

    wheel: Path
    binaries: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment from a folder that is not the checkout."""
        environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        return subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd=self.elsewhere,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it beside the dependencies of this environment, which are lent and not copied."""
    folder = tmp_path_factory.mktemp("wheel")
    built = _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(_CHECKOUT))
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    clean, elsewhere = folder / "clean", folder / "elsewhere"
    elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(clean)], check=True)
    put = _pip("--python", str(clean / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel))
    assert put.returncode == 0, put.stderr
    (packages,) = clean.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Installed(wheel, clean / "bin", elsewhere)


def test_it_holds_its_data_and_nothing_of_the_tests(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    tops = {name.split("/")[0] for name in names}

    assert {name for name in tops if not name.endswith(".dist-info")} == _PACKAGES
    kept = {
        "harness/rehearsal/samples/terraform-rollback.json",
        "harness/report/run.schema.json",
        "harness/report/templates/report.html.j2",
        "harness/report/templates/report.css",
        "scenarios/failure_modes/deployment.yaml",
        *(f"{package}/py.typed" for package in _PACKAGES),
    }
    assert kept - set(names) == set()
    shipped = {"harness/explore/test_walks.py"}  # explorations as tests, for whoever spreads them with pytest
    assert not [each for each in {*names} - shipped if "/test_" in each or each.endswith((".pyc", ".env"))]


def test_every_module_of_the_checkout_is_inside(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    ours = {str(path.relative_to(_CHECKOUT)) for package in _PACKAGES for path in (_CHECKOUT / package).rglob("*.py")}

    assert ours - names == set()


def test_it_is_what_runs_and_not_the_checkout(installed: Installed) -> None:
    code = "import fake_sombra, harness, scenarios; print(fake_sombra.__path__, harness.__path__, scenarios.__path__)"
    found = installed.run("python", "-c", code)

    assert found.returncode == 0, found.stderr
    assert found.stdout.count(str(installed.binaries.parent)) == 3


def test_it_lists_scenarios_checks_and_claims(installed: Installed) -> None:
    listed = installed.run("sombra-rehearsal", "list")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert all(word in listed.stdout for word in ("guide", "happy-state", "G-01", "D-12"))


@pytest.mark.gate
def test_it_reproduces_a_failure_mode_with_its_deployment(installed: Installed) -> None:
    ended = installed.run("sombra-rehearsal", "failures", "run", "F27", "--quiet")

    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 failure modes reproduced and detected" in ended.stdout


@pytest.mark.parametrize("scenario", ["flip_n", pytest.param("guide", marks=pytest.mark.gate)])
def test_it_rehearses(scenario: str, installed: Installed, tmp_path: Path) -> None:
    arguments = ("--target", "inprocess", "--requests", "16", "--quiet", "--json", "-", "--out", str(tmp_path))

    ended = installed.run("sombra-rehearsal", "rehearse", scenario, *arguments)

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "go"
    (report,) = tmp_path.rglob("report.html")
    assert "<style>" in report.read_text("utf-8")
    assert list(installed.elsewhere.iterdir()) == []


@pytest.mark.parametrize("program", [("fake-sombra", "--help"), ("python", "-m", "fake_sombra", "--help")])
def test_the_fake_says_what_it_can(installed: Installed, program: tuple[str, ...]) -> None:
    told = installed.run(*program)

    assert told.returncode == 0
    assert all(name in told.stdout for name in ("gateway", "transcend", "kms", "all"))
