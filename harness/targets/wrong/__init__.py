"""The wrong Sombras, by what is wrong in them; the only place that changes the fake world on purpose."""

from __future__ import annotations

from harness.mutants.mutant import gathered
from harness.targets.wrong import (
    caches,
    cleanup,
    configuration,
    doors,
    endings,
    exchanges,
    files,
    further,
    kms_answers,
    kms_client,
    life_cycle,
    logs,
    more_doors,
    neighbours,
    operator,
    preflight,
    processes,
    rehearsal,
    requests,
    seals,
    shown,
    start_table,
    table_edges,
    tokens,
    told,
    trust,
    two_providers,
    wrap_path,
)

WRONG_SOMBRAS = gathered(
    two_providers,
    further,
    wrap_path,
    tokens,
    endings,
    exchanges,
    trust,
    caches,
    configuration,
    start_table,
    told,
    table_edges,
    kms_client,
    kms_answers,
    life_cycle,
    requests,
    files,
    doors,
    more_doors,
    seals,
    shown,
    cleanup,
    neighbours,
    logs,
    operator,
    processes,
    rehearsal,
    preflight,
)
"""Every mutant by its id, family by family."""

__all__ = ["WRONG_SOMBRAS"]
