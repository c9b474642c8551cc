"""LocalStack without a container: started fast on loopback alone, stopped for good, used when it runs already."""

from __future__ import annotations

import os
import resource
import socket
from pathlib import Path

import pytest

from harness.key_probe import probe
from harness.targets.localstack import LocalStack, Unavailable, installed, neighbour
from harness.targets.localstack.instance import version_at

pytestmark = pytest.mark.gate

_WARM_START_S = 3.0


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "LOCALSTACK_HOST"}


def _listening(port: int) -> set[str]:
    """The local addresses on which this machine listens on a port, as the kernel spells them."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [line.split() for table in tables for line in table.read_text("ascii").splitlines()[1:]]
    return {row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}


def _spent_on_children() -> float:
    """Seconds of processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_it_listens_on_loopback_alone(localstack: LocalStack) -> None:
    assert _listening(int(localstack.host.rpartition(":")[2])) == {"0100007F"}


def test_it_is_found_where_it_runs(localstack: LocalStack) -> None:
    with neighbour({"LOCALSTACK_HOST": localstack.host}) as found:
        assert found == localstack

    assert version_at(localstack.host) == localstack.version


@pytest.mark.usefixtures("localstack")
def test_a_warm_start_costs_at_most_three_seconds_of_a_processor_and_leaves_nothing() -> None:
    """On a machine that does nothing else that is as long as it takes (`python -m benchmarks localstack-start`)."""
    costs = []
    for _ in range(2):
        before = _spent_on_children()
        with neighbour(_environ()) as own:
            pass
        costs.append(_spent_on_children() - before)
        with socket.socket() as late:
            assert late.connect_ex(("127.0.0.1", int(own.host.rpartition(":")[2]))) != 0

    assert 0 < min(costs) <= _WARM_START_S


@pytest.mark.usefixtures("localstack")
def test_it_is_installed_once() -> None:
    mark = installed(_environ()).folder / "whole"
    before = mark.stat().st_mtime_ns

    assert installed(_environ()).version in installed(_environ()).folder.name
    assert mark.stat().st_mtime_ns == before


def test_a_start_that_fails_says_its_last_words(localstack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(localstack.host.rpartition(":")[2])
    monkeypatch.setattr("harness.targets.localstack.instance.free_port", lambda: port)
    monkeypatch.setattr("harness.targets.localstack.instance.version_at", lambda host: None)
    monkeypatch.setattr("harness.targets.localstack.instance.START_DEADLINE_S", 5.0)

    with pytest.raises(Unavailable, match="LocalStack"), neighbour(_environ()):
        pytest.fail("a second one came up on a port that is taken")


def test_the_probe_tells_localstack_from_aws_by_dry_run(localstack: LocalStack) -> None:
    client = localstack.client(region="eu-west-1")
    key = client.create_key()["KeyMetadata"]["Arn"]

    attempts = probe(client, key).attempts

    assert {each.what for each in attempts if not each.is_ok} == {
        "ask whether a data key is allowed",
        "ask whether encrypt is allowed",
        "ask whether decrypt is allowed",
    }
    assert {each.what for each in attempts if each.is_ok} >= {"wrap", "unwrap with the key named", "unwrap"}
