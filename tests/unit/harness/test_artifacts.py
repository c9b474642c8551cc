"""The ledger: names are made once, a copy is independent, and no content is shown."""

from __future__ import annotations

import pytest

from harness.artifacts import Artifact, Ledger, Submitted

_FILE = Artifact("file/r0-1", "file", "before-1", "r0", {"token": "a-token"}, b"plaintext")


def test_a_name_is_made_once() -> None:
    ledger = Ledger()
    ledger.add(_FILE)

    with pytest.raises(ValueError, match="file/r0-1 exists already"):
        ledger.add(_FILE)


def test_artifacts_and_requests_are_found_by_class_and_status() -> None:
    ledger = Ledger()
    ledger.add(_FILE)
    ledger.add(Artifact("request/r0", "request", "before-1"))
    ledger.requests["r0"] = Submitted("r0", "R0", "COMPILING", "r0@example.com", "core-r0")

    assert ledger.of("file") == [_FILE]
    assert [each.name for each in ledger] == ["file/r0-1", "request/r0"]
    assert [each.name for each in ledger.in_status("APPROVING", "COMPILING")] == ["r0"]
    assert ledger.in_status("COMPLETED") == []


def test_a_sample_holds_a_few_of_each_class_and_gateway_and_none_twice() -> None:
    ledger = Ledger()
    for kind, count in (("file", 5), ("session", 1)):
        for number in range(count):
            ledger.add(Artifact(f"{kind}/{number}", kind, "after-2" if number > 2 else "before-1"))

    assert [each.name for each in ledger.sample(each=1)] == ["file/0", "file/3", "session/0"]
    assert [each.name for each in ledger.sample()] == ["file/0", "file/1", "file/3", "file/4", "session/0"]


def test_the_latest_of_an_environment_are_those_of_its_last_gateway() -> None:
    ledger = Ledger()
    for number, instance in enumerate(("before-1", "before-2", "before-2", "after-3")):
        ledger.add(Artifact(f"file/{number}", "file", instance))

    assert [each.name for each in ledger.of_latest("file", "before")] == ["file/1", "file/2"]
    assert ledger.of_latest("session", "before") == []


def test_a_copy_grows_alone() -> None:
    ledger = Ledger()
    copy = ledger.copy()
    copy.add(_FILE)
    copy.requests["r0"] = Submitted("r0", "R0", "COMPILING", "r0@example.com", "core-r0")

    assert (len(ledger.artifacts), len(ledger.requests)) == (0, 0)


def test_tokens_and_plaintext_have_no_repr() -> None:
    assert "a-token" not in repr(_FILE)
    assert "plaintext" not in repr(_FILE)
