"""What a pytest that is started by a test leaves out of our environment."""

from __future__ import annotations

OURS = ("anyio", "hypothesispytest", "schemathesis")
"""Plugins that a team which rehearses need not have."""


def without(*names: str) -> tuple[str, ...]:
    """Arguments of a pytest that loads all plugins but these."""
    return tuple(f"-pno:{name}" for name in names)
