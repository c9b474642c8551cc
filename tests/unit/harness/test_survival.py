"""The survival table: counted from probes, named by what a reader calls the keys, ordered as the guide goes."""

from __future__ import annotations

from harness.history import TRUNK, History
from harness.survival import names_of_keys, survival

_ARN = "arn:aws:kms:eu-west-1:111122223333:key/x"


def _boot(history: History, instance: str, *keys: str, kms_key: str | None = None) -> None:
    provider = "AWS" if kms_key else "local"
    history.append(
        TRUNK, "booted", instance=instance, accepted=True, provider=provider, keys=list(keys), kms_key=kms_key
    )


def _class_of(artifact: str) -> dict[str, str]:
    return {"class": artifact.partition("/")[0]}


def _probe(history: History, artifact: str, moment: str, cause: str = "", instance: str | None = None) -> None:
    seen = {"readable": not cause, "cause": cause, "matches": None, "instance": instance}
    history.append(TRUNK, "probe", moment=moment, artifact=artifact, **_class_of(artifact), **seen)


def _make(history: History, artifact: str, instance: str) -> None:
    history.append(TRUNK, "artifact", artifact=artifact, **_class_of(artifact), instance=instance)


def _cutover() -> History:
    """Two files and a session under Local, a file under AWS, one wrong opening."""
    history = History()
    _boot(history, "before-1", "k1")
    for artifact in ("file/1", "file/2", "session/1"):
        _make(history, artifact, "before-1")
        _probe(history, artifact, "before-cutover", instance="before-1")
    history.append(TRUNK, "stopped", instance="before-1")
    _probe(history, "file/1", "stopped", "connection_refused")
    _boot(history, "after-2", "k2", "k1", kms_key=_ARN)
    _make(history, "file/3", "after-2")
    for artifact, cause in (("file/1", "wrong_provider"), ("file/2", ""), ("file/3", ""), ("session/1", "")):
        _probe(history, artifact, "after-cutover", cause, instance="after-2")
    return history


def test_rows_hold_what_was_read_beside_what_must_be() -> None:
    rows = {(row.artifact, row.era, row.moment): row for row in survival(_cutover())}

    old = rows["file", "L(old)", "after-cutover"]
    assert (old.count, old.readable, old.expected, old.causes) == (2, 1, 0, {"wrong_provider": 1})
    new = rows["file", "A(x)", "after-cutover"]
    assert (new.count, new.readable, new.expected) == (1, 1, 1)
    token = rows["session", "s=old", "after-cutover"]
    assert (token.count, token.readable, token.expected) == (1, 1, 1)
    assert rows["file", "L(old)", "stopped"].expected == 0


def test_rows_come_by_moment_then_class_then_era() -> None:
    assert [(row.moment, row.artifact, row.era) for row in survival(_cutover())] == [
        ("before-cutover", "file", "L(old)"),
        ("before-cutover", "session", "s=old"),
        ("stopped", "file", "L(old)"),
        ("after-cutover", "file", "L(old)"),
        ("after-cutover", "file", "A(x)"),
        ("after-cutover", "session", "s=old"),
    ]


def test_keys_are_called_old_new_and_x() -> None:
    assert names_of_keys(_cutover()) == {"k1": "old", "k2": "new", _ARN: "x"}
    assert names_of_keys(History()) == {}


def test_the_rest_of_todays_list_is_called_older() -> None:
    history = History()
    for number, keys in enumerate((["k3"], ["k2", "k3"], ["k1", "k2", "k3"]), start=1):
        frame = {"accepted": True, "provider": "local", "kms_key": None, "environment": "before"}
        history.append(TRUNK, "booted", instance=f"before-{number}", keys=keys, **frame)
        history.append(TRUNK, "stopped", instance=f"before-{number}")
    _boot(history, "after-4", "k0", "k1", "k2", "k3", kms_key=_ARN)

    names = names_of_keys(history)

    assert names == {"k1": "old", "k2": "older", "k3": "older-2", "k0": "new", _ARN: "x"}


def test_forks_do_not_count_in_the_table_of_the_trunk() -> None:
    history = _cutover()
    history.append("drained", "forked", parent=TRUNK, title="a fork")
    count = len(survival(history))
    history.append(
        "drained", "probe", moment="after-rollback", artifact="file/1", readable=True, cause="", instance=None
    )

    assert len(survival(history)) == count
