"""The drill for G-26: a migration to a KMS provider that exists for this alone, and how its environments read.

The provider is one adapter and one settings class (`harness.targets.drill`); real Sombra has none of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORLD: Final = "further-provider"
PROVIDER: Final = "DRILL"
KEY_VARIABLE: Final = "DRILL_KMS_KEY"
REQUESTS: Final = 12
"""One in each status of a request in flight, and three that are done."""
_KEY: Final = "drill-key-1"


def environments(before: Mapping[str, str], cloud: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """The three of a migration to the drill's provider, where `cloud` is the one to AWS: its own variables go."""
    after = {name: value for name, value in cloud.items() if not name.startswith("AWS_")}
    after |= {"KMS_PROVIDER": PROVIDER, KEY_VARIABLE: _KEY}
    return {"before": before, "after": after, "rollback": {**after, "KMS_PROVIDER": "local"}}
