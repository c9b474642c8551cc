"""Which faults the KMS front knows, for the command line."""

from __future__ import annotations

from fake_sombra.kms.faults.fault import printed
from fake_sombra.kms.faults.spec import KINDS, BadSpec, parse

__all__ = ["KINDS", "BadSpec", "canonical"]


def canonical(spec: str) -> str:
    """The spec as the front prints it; raises `BadSpec`."""
    return printed(parse(spec))
