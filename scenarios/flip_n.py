"""Local, AWS, Local, AWS: each flip hides one era and brings the other back, wherever the requests were born."""

from __future__ import annotations

from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook, scenario
from scenarios.parts import new_work


def flip(r: Rehearsal, environment: str, moment: str, seed: int) -> None:
    r.stop()
    r.must_start(environment)
    r.look_at_health()
    new_work(r, seed)
    r.probe(moment)


@scenario("flip_n", "Local → AWS → Local → AWS, with requests born under each", checks=("model-agrees", "no-overlap"))
def flip_n(run: Runbook) -> None:
    r = run.rehearsal
    with run.step("born-local", "A Sombra born under Local", in_window=False):
        r.must_start("before")
        new_work(r, run.seed)
        r.probe("before-cutover")
    for number, environment in enumerate(("after", "rollback", "after"), start=1):
        moment = "after-cutover" if environment == "after" else "after-rollback"
        with run.step(f"flip-{number}", f"Flip {number}: {environment}"):
            flip(r, environment, moment, run.seed)
    r.stop()


@scenario("flip_born_aws", "Born under AWS: going to Local is a first migration", checks=("model-agrees", "no-overlap"))
def flip_born_aws(run: Runbook) -> None:
    r = run.rehearsal
    with run.step("born-aws", "A Sombra born under AWS", in_window=False):
        r.must_start("after")
        new_work(r, run.seed)
        r.probe("after-cutover")
    for number, environment in enumerate(("rollback", "after"), start=1):
        moment = "after-cutover" if environment == "after" else "after-rollback"
        with run.step(f"flip-{number}", f"Flip {number}: {environment}"):
            flip(r, environment, moment, run.seed)
    r.stop()
