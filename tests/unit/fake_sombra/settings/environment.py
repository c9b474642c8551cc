"""Environments for start-up tests: one that starts under each provider, and what became of a changed one."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Final

import pytest

from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.settings import Settings, load
from tests.unit.fake_sombra.crypto import material

ARN: Final = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
HASH: Final = b64encode(hashlib.sha256(b"internal key").digest()).decode()


def local(**more: str | None) -> dict[str, str]:
    """A Local environment that starts; None takes a variable away."""
    made = {
        "ORGANIZATION_URI": "acme",
        "JWT_ECDSA_KEY": material.item("a"),
        "INTERNAL_KEY_HASH": HASH,
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def aws(**more: str | None) -> dict[str, str]:
    """An AWS environment that starts; None takes a variable away."""
    return local(**{"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": ARN, "AWS_REGION": "eu-west-1", **more})


def problems(environ: dict[str, str]) -> tuple[Problem, ...]:
    """Why an environment is refused; fails the test when it starts."""
    with pytest.raises(ConfigurationRefused) as refused:
        load(environ)
    assert all(problem.level == "refuse" for problem in refused.value.problems)
    return refused.value.problems


def problem(environ: dict[str, str]) -> Problem:
    """The only reason why an environment is refused."""
    (only,) = problems(environ)
    return only


def remarks(environ: dict[str, str]) -> list[tuple[str, str, int | None]]:
    """Level, variable and item of every remark of an environment that starts."""
    settings: Settings = load(environ)
    return [(note.level, note.variable, note.item) for note in settings.notes]
