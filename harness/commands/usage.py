"""The one error a command raises for unusable input; the command line exits with 2."""

from __future__ import annotations


class UsageError(Exception):
    """What cannot be used, where, and what to do next."""
