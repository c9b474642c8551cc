"""What the drill's provider needs of the environment: the name of its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_sombra.startup.reading import Reader
from harness.drill import KEY_VARIABLE
from harness.targets.drill.keyring import DrillKeyring


@dataclass(frozen=True, slots=True)
class DrillSettings:
    """The key that wraps, by its name."""

    key: str

    @classmethod
    def read(cls, reader: Reader) -> DrillSettings:
        """Read it; a missing one is refused through the reader, with everything else that is wrong."""
        return cls(reader.required(KEY_VARIABLE, "name the key that wraps (G-09)") or "")

    def keyring(self, *, random: Callable[[int], bytes]) -> DrillKeyring:
        """The adapter of this boot."""
        return DrillKeyring(self.key, random=random)
