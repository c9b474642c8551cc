"""Mutants for tests of the crew: one that changes nothing, one that crashes the harness, one that never ends."""

from __future__ import annotations

import sys
import threading
from typing import Never

from harness.mutants.mutant import Patches, mutant
from harness.mutants.worker import main
from harness.runbook import Runbook


@mutant("changes-nothing", breaks="G-03", killed_by="cloud-refuses-local")
def changes_nothing(patches: Patches) -> None:
    """The bug that is none."""


@mutant("crashes", breaks="G-03", killed_by="cloud-refuses-local")
def crashes(patches: Patches) -> None:
    """The harness itself breaks in the middle."""

    def step(self: Runbook, *_: object, **__: object) -> Never:
        raise RuntimeError("planted")

    patches.replace(Runbook, "step", step)


@mutant("never-ends", breaks="G-03", killed_by="cloud-refuses-local")
def never_ends(patches: Patches) -> None:
    """The rehearsal waits for what never comes."""
    patches.replace(Runbook, "step", lambda *_, **__: threading.Event().wait())


PLANTED = {each.id: each for each in (changes_nothing, crashes, never_ends)}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], PLANTED))
