"""Forks around the gateway: a secret that changes while it runs, and the vendor's CLI with its traps."""

from __future__ import annotations

from harness.key_material import fresh_key
from harness.rehearsal.changed_secret import ask_the_doctor, change_while_it_runs, start_from_each_store
from harness.rehearsal.cli_traps import read_the_plans, try_after_the_cutover, try_before_the_cutover
from harness.rehearsal.rehearsal import Rehearsal
from scenarios.guide_forks import jwt_keys


def before_the_stop(r: Rehearsal) -> None:
    """Both need today's Sombra and its requests."""
    change_a_secret(r)
    use_the_cli(r)


def change_a_secret(r: Rehearsal) -> None:
    with r.fork("changed-secret", "A secret changes in its manager while Sombra runs") as f:
        ask_the_doctor(f)
        start_from_each_store(f)
        longer = ",".join((fresh_key("changed"), *jwt_keys(f, "before")))
        change_while_it_runs(f, {"JWT_ECDSA_KEY": longer})


def use_the_cli(r: Rehearsal) -> None:
    with r.fork("cli-traps", "The vendor's CLI, call by call") as f:
        read_the_plans(f)
        f.must_start("before")
        try_before_the_cutover(f)
        f.stop()
        f.must_start("after")
        try_after_the_cutover(f)
