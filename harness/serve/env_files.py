"""The env files that serve hands out: an operator's own variables, and the hash of the internal key it prints."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from harness.environment import EnvFile
from harness.target import Secrets

_HASHES = "INTERNAL_KEY_HASH"


def written(folder: Path, files: Mapping[str, EnvFile], secrets: Secrets) -> dict[str, str]:
    """Write `before.env`, `after.env` and `rollback.env` for the owner's eyes alone; their paths by name."""
    folder.mkdir(mode=0o700)
    paths = {}
    for name, file in files.items():
        path = folder / f"{name}.env"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123  the descriptor has its mode
            stream.writelines(f"{variable}={value}\n" for variable, value in _lines(file, secrets).items())
        paths[name] = str(path)
    return paths


def _lines(file: EnvFile, secrets: Secrets) -> dict[str, str]:
    hashes = [file.variables.get(_HASHES, ""), secrets.internal_key_hash]
    return {**file.variables, _HASHES: ",".join(each for each in hashes if each)}
