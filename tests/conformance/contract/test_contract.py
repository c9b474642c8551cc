"""The customer ingress against its OpenAPI document, in both eras.

A small seeded budget by default. By hand: `make contract`, or SOMBRA_REHEARSAL_CONTRACT_CASES=6000 for this file,
which runs so many cases over real sockets.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.shapes import Fields
from harness.target import Call
from harness.targets.process import Processes
from tests.conformance.contract.document import DOCUMENT
from tests.conformance.wire.scene import Phase, Scene, opened, two_eras

if TYPE_CHECKING:
    from tests.conformance.contract.exercise import Outcome

CASES: Final = int(os.environ.get("SOMBRA_REHEARSAL_CONTRACT_CASES", "0"))
_FEW: Final = 5
_SEED: Final = 20261126
_OPERATIONS: Final = [
    (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method in ("get", "post", "put")
    if method in item
]
_VARYING: Final = len(_OPERATIONS) - 2  # health and the public key can be asked in one way only
_FOREIGN: Final = {500: frozenset({"wrong_provider"})}
_ALLOWED: Final[dict[Phase, dict[int, frozenset[str]]]] = {"before": {}, "after": _FOREIGN, "rolled back": _FOREIGN}


@pytest.fixture(scope="module")
def scenes() -> Iterator[dict[Phase, Scene]]:
    """One filled world a phase, with its gateway serving."""
    with two_eras() as (old, both):
        found: dict[Phase, Scene] = {"before": old.fork(), "after": both.fork(), "rolled back": both.fork()}
        for phase, scene in found.items():
            scene.enter(phase)
        yield found
        for scene in found.values():
            scene.stop()
            scene.world.close()


def exercise(scene: Scene, **how: Any) -> Outcome:
    """Generated calls against a scene; what makes them takes a third of a second to load, and few runs need it."""
    from tests.conformance.contract.exercise import exercise as exercised  # noqa: PLC0415  as the docstring says

    return exercised(scene, **how)


@pytest.mark.gate
@pytest.mark.parametrize("phase", ["before", "after"])
def test_no_generated_call_breaks_the_contract(scenes: dict[Phase, Scene], phase: Phase) -> None:
    outcome = exercise(scenes[phase], examples=_FEW, seed_number=_SEED, allowed_5xx=_ALLOWED[phase])

    assert outcome.broken == []
    assert len(outcome.cases) == len(_OPERATIONS)
    assert 200 in outcome.statuses


@pytest.mark.skipif(not CASES, reason="by hand: make contract")
def test_thousands_of_calls_over_sockets_break_nothing_in_either_era(capsys: pytest.CaptureFixture[str]) -> None:
    scene = opened(Processes())
    each = -(-CASES // (3 * _VARYING))
    total, broken = 0, []
    try:
        scene.start(scene.environ("local", "old"))
        scene.fill("old")
        for phase in ("before", "after", "rolled back"):
            if phase == "after":
                scene.start(scene.environ("AWS", "new", "old"))
                scene.fill("new")
            elif phase == "rolled back":
                scene.start(scene.environ("local", "new", "old"))
            outcome = exercise(scene, examples=each, seed_number=_SEED, allowed_5xx=_ALLOWED[phase])
            total += outcome.cases.total()
            broken += outcome.broken
            seen = f"{outcome.cases.total()} cases, {dict(sorted(outcome.statuses.items()))}, {dict(outcome.causes)}"
            with capsys.disabled():
                sys.stdout.write(f"\n{phase}: {seen}")
        crashed = [line for line in scene.world.logs() if line.get("event") == "call_crashed"]
    finally:
        scene.stop()
        scene.world.close()

    assert [each.splitlines()[0] for each in broken] == []
    assert crashed == []
    assert total >= CASES


def test_the_document_has_every_route_and_no_other(scenes: dict[Phase, Scene]) -> None:
    edge: Any = scenes["before"].world._gateways["sombra"].customer  # type: ignore[attr-defined]
    routes = {(method, path) for path, methods in edge._exact.items() for method in methods}
    routes |= {(method, "/".join(pattern)) for pattern, methods in edge._patterns.items() for method in methods}

    assert routes == set(_OPERATIONS)


def test_the_document_is_served_on_the_control_plane_only(scenes: dict[Phase, Scene]) -> None:
    scene = scenes["before"]
    credentials = {
        "authorization": f"Bearer {scene.secrets.api_key}",
        "x-sombra-authorization": f"Bearer {scene.secrets.internal_key}",
    }

    (reply,) = scene.world.exchange([Call("GET", "customer", "/openapi.yaml", credentials)])

    assert reply.status == 404


@pytest.mark.parametrize(("method", "path"), _OPERATIONS)
def test_every_route_names_its_methods_and_refuses_callers_without_keys(
    scenes: dict[Phase, Scene], method: str, path: str
) -> None:
    target = path.replace("{id}", "x").replace("{action}", "ACCESS")
    is_open = DOCUMENT["paths"][path][method.lower()].get("security") == []
    world, secrets = scenes["before"].world, scenes["before"].secrets

    bare, half, other = world.exchange(
        [
            Call(method, "customer", target),
            Call(method, "customer", target, {"authorization": f"Bearer {secrets.api_key}"}),
            Call("PATCH", "customer", target),
        ]
    )

    assert [bare.status, half.status] == ([200, 200] if is_open else [401, 401])
    assert other.status == 405
    assert method in other.headers["allow"]


def _spoilt_size(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Files._node
    monkeypatch.setattr(Files, "_node", lambda self, request_id, node: {**original(self, request_id, node), "size": 1})


def _crashing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Identifiers, "read", crash)


def _taking_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fields, "texts", lambda self, name: [])


@pytest.mark.gate
@pytest.mark.gate
@pytest.mark.parametrize(
    ("plant", "operation", "named"),
    [
        (_spoilt_size, "GET /v1/data-subject-request/{id}/download-keys", "Response violates schema"),
        (_crashing, "POST /v1/request-identifiers", "500 internal"),
        (_taking_anything, "POST /v1/register-saas", "Schema-violating request accepted"),
    ],
)
def test_a_planted_defect_is_found(
    scenes: dict[Phase, Scene], monkeypatch: pytest.MonkeyPatch, plant: Any, operation: str, named: str
) -> None:
    sound = exercise(scenes["before"], examples=25, seed_number=_SEED, allowed_5xx={}, only=operation)
    plant(monkeypatch)

    outcome = exercise(scenes["before"], examples=25, seed_number=_SEED, allowed_5xx={}, only=operation)

    assert sound.broken == []
    assert any(named in each for each in outcome.broken)
