"""Every row of the front's own, through both doors: the happy call first, then the refusal as AWS spells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fake_sombra.kms import Kms
from tests.conformance.kms.policy_rows import ALLOWED
from tests.conformance.kms.row import BLOB, CONTEXT_BLOB, HAPPY, Row
from tests.conformance.kms.rows import ROWS
from tests.unit.fake_sombra.kms.bench import PRINCIPAL, Bench


def _filled(parameters: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    makers: dict[object, Callable[[], bytes]] = {
        BLOB: bench.blob,
        CONTEXT_BLOB: lambda: bench.blob(EncryptionContext={"ab": "c"}),
    }
    return {
        name: makers[value]() if value in (BLOB, CONTEXT_BLOB) else value
        for name, value in parameters.items()
        if value is not None
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "_"))
def test_the_front_refuses_as_aws_does(row: Row, new_bench: Callable[[], Bench]) -> None:
    happy = new_bench()
    happy.ok(row.operation, **_filled(HAPPY[row.operation], happy))
    assert happy.kms.journal.since()[-1].result == "ok"

    bench = new_bench()
    parameters = _filled({**HAPPY[row.operation], **row.change}, bench)
    row.arrange(bench.kms)
    refused = bench.refused(row.operation, region=row.region, **parameters)

    assert refused.code == row.code
    assert refused.status == 400
    if row.message is not None:
        assert refused.message == row.message
    entry = bench.kms.journal.since()[-1]
    assert (entry.operation, entry.result, entry.message) == (row.operation, row.code, refused.message)
    assert (entry.region, entry.principal) == (row.region, PRINCIPAL)


@pytest.mark.parametrize(("name", "operation", "change", "arrange"), ALLOWED, ids=[each[0] for each in ALLOWED])
def test_policies_let_through_what_they_are_for(
    name: str,
    operation: str,
    change: Mapping[str, Any],
    arrange: Callable[[Kms], None],
    new_bench: Callable[[], Bench],
) -> None:
    bench = new_bench()
    parameters = _filled({**HAPPY[operation], **change}, bench)

    arrange(bench.kms)

    bench.ok(operation, **parameters)


def test_rows_have_different_names() -> None:
    names = [(row.operation, row.name) for row in ROWS]

    assert len(names) == len(set(names))
