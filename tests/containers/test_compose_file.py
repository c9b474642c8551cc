"""What the compose file promises: loopback alone, nothing writable, nobody root, no moving tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text("utf-8"))["services"]
OURS = ("gateway", "kms", "transcend")
OPTIONAL = ("localstack", "postgresql")
_SOURCES = "".join(path.read_text("utf-8") for path in sorted((ROOT / "fake_sombra").rglob("*.py")))


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(published.startswith("127.0.0.1:") for published in SERVICES[name]["ports"])


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_and_nobody_is_root(name: str) -> None:
    service = SERVICES[name]

    assert ":latest" not in service["image"]
    assert ":-" in service["image"]
    assert service["user"].split(":")[0] != "0"


@pytest.mark.parametrize("name", OURS)
def test_our_services_write_nowhere_but_in_memory(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_what_is_optional_comes_by_profile_alone() -> None:
    assert {name for name in SERVICES if "profiles" in SERVICES[name]} == set(OPTIONAL)
    assert all(SERVICES[name]["profiles"] == [name] for name in OPTIONAL)
    assert set(SERVICES) == {*OURS, *OPTIONAL}


@pytest.mark.parametrize("name", OPTIONAL)
def test_nothing_optional_may_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_gateway_waits_for_what_it_needs_and_everything_tells_its_health() -> None:
    waits = SERVICES["gateway"]["depends_on"]

    assert {name: each["condition"] for name, each in waits.items()} == {
        "kms": "service_healthy",
        "transcend": "service_healthy",
    }
    assert all("healthcheck" in SERVICES[name] for name in ("kms", "transcend", "postgresql"))


def test_every_variable_given_to_the_gateway_is_one_it_or_the_aws_sdk_reads() -> None:
    variables = set(SERVICES["gateway"]["environment"])

    assert variables
    assert {name for name in variables if f'"{name}"' not in _SOURCES} <= {"AWS_ENDPOINT_URL_KMS"}


def test_the_image_runs_as_a_user_and_is_watched() -> None:
    dockerfile = (ROOT / "docker/Dockerfile").read_text("utf-8")

    assert "USER 10001:10001" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    assert "AS build" in dockerfile


def test_a_build_sees_nothing_but_what_an_image_is_made_from() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]

    assert lines[0] == "*"
    assert not {"!docker", "!docker/stack", "!runs", "!.venv"} & set(lines)
    assert all((ROOT / line.removeprefix("!")).exists() for line in lines[1:] if line.startswith("!"))
