"""Steps are read from source: what cites claims is found, and what cannot be read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenarios
from harness.documents.steps import CitedStep, NotSpelledOut, shipped_steps, steps_in

SOURCE = """
@scenario("guide", "There and back", checks=("happy-state",))
def there_and_back(run):
    with run.step("stop", "Stop Sombra", claims=("G-02",), declared_s=minutes(2)):
        r.stop()
    with run.step("idle", "Cites nothing"):
        pass

def shared(run):
    with run.step("start", "Start Sombra", claims=("G-19", "G-20")):
        r.start()
"""


def test_a_step_belongs_to_its_scenario_or_to_the_function_that_scenarios_share() -> None:
    found = tuple(steps_in(SOURCE, where="module"))

    assert found == (
        CitedStep("guide", "stop", "Stop Sombra", ("G-02",)),
        CitedStep("shared", "start", "Start Sombra", ("G-19", "G-20")),
    )


@pytest.mark.parametrize(
    "step",
    [
        'run.step(f"flip-{n}", "Flip", claims=("G-02",))',
        'run.step("flip", TITLE, claims=("G-02",))',
        'run.step("flip", "Flip", claims=CLAIMS)',
    ],
)
def test_a_citing_step_that_is_not_spelled_out_is_refused_with_its_line(step: str) -> None:
    source = f"def body(run):\n    with {step}:\n        pass\n"

    with pytest.raises(NotSpelledOut, match=r"^module:2: .*spell them out"):
        tuple(steps_in(source, where="module"))


def test_a_step_whose_id_is_made_up_is_fine_while_it_cites_nothing() -> None:
    source = 'def body(run):\n    with run.step(f"flip-{n}", "Flip"):\n        pass\n'

    assert tuple(steps_in(source, where="module")) == ()


def test_no_citing_step_of_the_shipped_scenarios_is_overlooked() -> None:
    folder = Path(next(iter(scenarios.__path__)))
    written = sum(file.read_text("utf-8").count("claims=(") for file in folder.glob("*.py"))

    assert len(shipped_steps()) == written > 0
    assert "guide" in {step.scenario for step in shipped_steps()}
