"""A doctored gateway: under AWS it keeps the Local keys and really opens what Local wrapped. It must make G-03 fail."""

from __future__ import annotations

import sys
from typing import Any

from fake_sombra import cli
from fake_sombra.errors import Refusal
from fake_sombra.gateway import boot
from fake_sombra.keyring import DataKey, Keyring, WrapLabel
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.settings import Settings


class KeepsLocal:
    """The configured keyring first, the Local one when that refuses."""

    def __init__(self, configured: Keyring, local: LocalKeyring) -> None:
        self._configured = configured
        self._local = local

    @property
    def label(self) -> WrapLabel:
        return self._configured.label

    async def generate(self) -> DataKey:
        return await self._configured.generate()

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        try:
            return await self._configured.unwrap(ciphertext, label=label)
        except Refusal:
            return await self._local.unwrap(ciphertext, label=label)

    async def self_test(self) -> None:
        await self._configured.self_test()

    def close(self) -> None:
        self._configured.close()


def opening(settings: Settings, **arguments: Any) -> Keyring:
    configured = open_keyring(settings, **arguments)
    return KeepsLocal(configured, LocalKeyring(settings.key_sets, random=arguments["random"]))


if __name__ == "__main__":
    vars(boot)["open_keyring"] = opening
    sys.exit(cli.main(["gateway"]))
