"""What stays the same about a finding while the lines around it move."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from harness.run import Finding

_DIGITS = 16


def fingerprint(finding: Finding) -> str:
    """Sixteen hex digits over rule, file and message; messages hold no secret."""
    parts = (finding.id, same_path(finding.file), finding.message)
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:_DIGITS]


def same_path(path: str) -> str:
    """One spelling for one path: `./after.env` is `after.env`."""
    return PurePosixPath(path.replace("\\", "/")).as_posix()
