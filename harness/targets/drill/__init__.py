"""A further KMS provider, written as an exercise: one settings class and one adapter, handed to a boot (G-26)."""

from __future__ import annotations

from types import MappingProxyType

from fake_sombra.keyring import FurtherProviders
from harness.drill import PROVIDER
from harness.targets.drill.keyring import DrillKeyring
from harness.targets.drill.settings import DrillSettings

DRILL: FurtherProviders = MappingProxyType({PROVIDER: DrillSettings.read})
"""What makes it known; a boot that is not given this refuses the name as any other."""

__all__ = ["DRILL", "DrillKeyring", "DrillSettings"]
