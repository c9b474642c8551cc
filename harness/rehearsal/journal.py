"""What of the KMS journal goes into a history: operation, size, result and counts; never a content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from harness.faults import reached_its_caller

_A_KEY_SEALED: Final = ("Encrypt", 32, "ok")


def summary(calls: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Calls whose answer a fault kept or spoilt stand apart, for no gateway can be judged by them.

    `foreign` counts the keys that were sealed without having been drawn from the KMS, `contexts` the calls with one.
    """
    calls = list(calls)
    kept: dict[bool, list[list[Any]]] = {True: [], False: []}
    for each in calls:
        kept[reached_its_caller(each["fault"])].append([each["operation"], each["bytes"], each["result"]])
    drawn = {each["n"] for each in calls if each["operation"] == "GenerateRandom"}
    sealed = [each for each in calls if (each["operation"], each["bytes"], each["result"]) == _A_KEY_SEALED]
    return {
        "calls": kept[True],
        "injected": kept[False],
        "foreign": sum(each.get("same_as") not in drawn for each in sealed),
        "contexts": sum(each["context"] is not None for each in calls),
    }
