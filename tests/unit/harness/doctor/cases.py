"""How a rule's fixture folder is read: which files are given by which flag, and where the rule must be met.

Key material is made when a test runs: `{{key NAME}}` is a good key, `{{wrong NAME}}` an entry that is refused,
`{{hash}}` and `{{hash NAME}}` the hash of an internal key.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.startup_rows import HASH, p384, wrong_items

FOLDERS = Path(__file__).parents[3] / "fixtures" / "doctor"

_MADE = re.compile(r"\{\{(key|wrong|hash)(?: ([^{}]+))?\}\}")


@dataclass(frozen=True, slots=True)
class Case:
    """One call of the doctor: flags with the files they name, and the places at which the rule is met.

    `kms` is what is done to the KMS that `--live` asks, each a method of the strict front with its arguments.
    """

    rule: str
    name: str
    flags: Mapping[str, tuple[str, ...]]
    expected: tuple[Mapping[str, Any], ...]
    kms: tuple[tuple[str, ...], ...] = ()

    def laid_out(self, folder: Path) -> list[str]:
        """Copy the rule's files into a folder, keys filled in, and give the command's arguments."""
        shutil.copytree(FOLDERS / self.rule, folder, dirs_exist_ok=True)
        for file in (each for each in folder.rglob("*") if each.is_file()):
            file.write_text(_MADE.sub(_made, file.read_text("utf-8")), "utf-8")
        switches = [f"--{flag}" for flag, values in self.flags.items() if not values]
        given = [word for flag, values in self.flags.items() for value in values for word in (f"--{flag}", value)]
        return [*given, *switches]


def cases(name: str) -> list[Case]:
    """The cases of one name (`fires`, `quiet`, `open`) of every rule that has one."""
    found = []
    for file in sorted(FOLDERS.glob("*/case.json")):
        told = json.loads(file.read_text("utf-8")).get(name)
        if told is not None:
            flags = {flag: (each,) if isinstance(each, str) else tuple(each) for flag, each in told["flags"].items()}
            done = tuple(tuple(each) for each in told.get("kms", ()))
            found.append(Case(file.parent.name, name, flags, tuple(told.get("expect", ())), done))
    return found


def _made(token: re.Match[str]) -> str:
    kind, name = token[1], token[2] or ""
    if kind == "key":
        return p384(name)
    if kind == "wrong":
        return wrong_items()[name][0]
    return b64encode(hashlib.sha256(name.encode()).digest()).decode() if name else HASH
