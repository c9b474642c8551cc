"""The guide with a provider that was written for this alone: nothing in steps or checks may depend on AWS (G-26)."""

from __future__ import annotations

from harness.runbook import Runbook, scenario
from scenarios.guide import migrate_to_the_drill


@scenario(
    "further_provider",
    "The same steps and checks on a further provider: one adapter, one settings class",
    checks=("further-provider-generalises",),
)
def further_provider(run: Runbook) -> None:
    with run.step("drill", "Migrate to the drill's provider, and back", in_window=False):
        migrate_to_the_drill(run.rehearsal, run)
