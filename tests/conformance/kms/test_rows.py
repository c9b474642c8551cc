"""Every row of the table, through both doors: the happy call first, then the refusal as AWS spells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.conformance.kms.row import BLOB, CONTEXT_BLOB, HAPPY, Row
from tests.conformance.kms.rows import ROWS, WAYS_TO_NAME_A_KEY
from tests.unit.fake_sombra.kms.bench import ARN, PLAINTEXT, PRINCIPAL, Bench


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


def test_rows_have_different_names() -> None:
    names = [(row.operation, row.name) for row in ROWS]

    assert len(names) == len(set(names))
    assert len(names) >= 120


@pytest.mark.parametrize("name", WAYS_TO_NAME_A_KEY)
def test_a_key_is_found_by_id_arn_alias_and_alias_arn(name: str, bench: Bench) -> None:
    blob = bench.ok("Encrypt", KeyId=name, Plaintext=PLAINTEXT)["CiphertextBlob"]

    answer = bench.ok("Decrypt", KeyId=name, CiphertextBlob=blob)

    assert (answer["Plaintext"], answer["KeyId"]) == (PLAINTEXT, ARN)
