"""Which variables a child of a rehearsal gets from around it, and which of the operator's it never gets."""

from __future__ import annotations

import os

REMOVED = ("LOG_HTTP_TRANSPORT_URL", "AWS_SESSION_TOKEN", "AWS_PROFILE")
"""Taken out of an operator's environment: a rehearsal ships no logs and signs with credentials of its own."""


def clean_environment() -> dict[str, str]:
    """What a process needs to run at all; nothing of the operator's own shell decides a rehearsal."""
    kept = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, "AWS_EC2_METADATA_DISABLED": "true"}
