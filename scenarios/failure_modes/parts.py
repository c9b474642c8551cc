"""What the procedures share: the cutover and the rollback in short, other gateways beside, and a sound deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from string import Template
from typing import Any, Final

from harness.failures import Stage
from harness.target import control
from harness.targets.wrong import WRONG_SOMBRAS
from scenarios.parts import functional_probe

BEFORE, AFTER, BACK = "before-cutover", "after-cutover", "after-rollback"
UNCHANGED = "as it was"
"""The moment of a performance in which nothing was cut over."""
ARN: Final = "AWS_KMS_KEY_ARN"
KEYS: Final = "JWT_ECDSA_KEY"
ONE_TRY: Final = {"FAKE_SOMBRA_KMS_RETRIES": "1"}
"""So that a fault shows, and nobody waits."""


def start_under_aws(stage: Stage, **changed: str | None) -> bool:
    """Stop what runs, start with the file of the cutover, look at health, try one new request; whether that worked."""
    r = stage.r
    r.stop()
    if not r.start("after", changed=changed):
        return False
    r.look_at_health()
    functional_probe(r, stage.seed, AFTER)
    return bool(r.history.of("functional-probe")[-1]["ok"])


def cut_over(stage: Stage, **changed: str | None) -> None:
    """The same, and where it worked more of it; then everything is tried."""
    if start_under_aws(stage, **changed):
        stage.new_work()
    if stage.r.live:
        stage.try_all(AFTER)


def roll_back(stage: Stage) -> None:
    """Stop, start with the file of the rollback, look at health, try everything."""
    r = stage.r
    r.stop()
    if r.start("rollback"):
        r.look_at_health()
        stage.try_all(BACK)


@contextmanager
def wrong_sombra(stage: Stage, name: str) -> Iterator[None]:
    """Where it is planted, one of the wrong Sombras for as long as the block."""
    if not stage.is_planted:
        yield
        return
    with WRONG_SOMBRAS[name].alive():
        yield


def kms(stage: Stage, path: str, **document: str) -> None:
    """Change something at the KMS."""
    stage.r.need(f"kms {path}", [control("kms-control", "POST", path, document)])


def another_key(stage: Stage, first: str) -> str:
    """The ARN of a second key of the same account, which is made now."""
    second = first[:-4] + ("0000" if not first.endswith("0000") else "1111")
    kms(stage, "/keys", arn=second)
    return second


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: Sequence[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deploy(stage: Stage, *, wrong: tuple[str, str] = ("", ""), beside: str = "") -> None:
    """A deployment in which nothing is wrong, and where planted one text in the place of another, or one more document.

    Raises ValueError when there is nothing to replace: then the deployment was changed, and the fault with it.
    """
    text = files(__package__).joinpath("deployment.yaml").read_text("utf-8")
    if wrong[0] not in text:
        raise ValueError(f"the deployment holds no {wrong[0]!r}")
    if stage.is_planted:
        text = text.replace(*wrong) + beside
    after = stage.files["after"]
    values = {"new_key": stage.keys("after")[0], "old_key": stage.keys("before")[0]}
    stage.documents["manifests"] = Template(text).substitute(values, hash=after["INTERNAL_KEY_HASH"], arn=after[ARN])
