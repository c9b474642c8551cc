"""What the compose stack starts from: the guide's three environments with fresh keys, and the secrets beside them.

Run inside the image as root, with a folder of this machine: files of the services belong to their user, those that
compose reads itself to whoever owns the folder.
"""

from __future__ import annotations

import os
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from harness.environment import default_rollback
from harness.generated import ARN, before_and_after

_SERVICES = 10_001  # docker/Dockerfile


def write(folder: Path) -> None:
    """Write everything; the files belong together, so all of them are new."""
    owner = folder.stat().st_uid
    internal = secrets.token_bytes(32)
    ingress = secrets.token_urlsafe(24)
    ours = {
        "FAKE_SOMBRA_INGRESS_SECRET": ingress,
        "INTERNAL_KEY_HASH": b64encode(sha256(internal).digest()).decode(),
    }
    before, after = before_and_after()
    for name, file in {"before": before, "after": after, "rollback": default_rollback(after)}.items():
        lines = (f"{variable}={value}" for variable, value in {**file.variables, **ours}.items())
        _put(folder / f"{name}.env", lines, owner)
    settings = {"KMS_KEY_ARN": ARN, "POSTGRES_PASSWORD": secrets.token_hex(16)}
    _put(folder / "compose.env", (f"{name}={value}" for name, value in settings.items()), owner)
    _put(folder / "internal-key", [b64encode(internal).decode()], owner)
    _put(folder / "api-keys", [secrets.token_urlsafe(24)], _SERVICES)
    _put(folder / "ingress-secret", [ingress], _SERVICES)


def _put(path: Path, lines: Iterable[str], owner: int) -> None:
    """Readable by its owner alone."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    path.chmod(0o600)
    os.chown(path, owner, owner)


if __name__ == "__main__":
    os.umask(0o077)
    write(Path(sys.argv[1]))
