"""Wrong exchanges with browsers: whose exchange key is published, which still opens, whose request it opens."""

from __future__ import annotations

from typing import Any

from fake_sombra.crypto import exchange
from fake_sombra.gateway.sessions import Sessions
from harness.mutants.mutant import Patches, mutant


@mutant("publishes-the-last-entrys-exchange-key", breaks="G-11", killed_by="pages-outlive-the-cutover")
def publishes_the_last_entrys_exchange_key(patches: Patches) -> None:
    """The published exchange key is the last entry's: it never changes, and goes with the key that is dropped."""

    def last(self: Sessions) -> str:
        return exchange.public_key_text(self._key_sets.loaded[-1].ecdh_private)

    patches.replace(Sessions, "public_key", property(last))


@mutant("forgets-older-exchange-keys", breaks="G-23", killed_by="pages-outlive-the-cutover")
def forgets_older_exchange_keys(patches: Patches) -> None:
    """What a page sealed towards the exchange key of before is refused: only the first entry's opens anything."""

    def opened(self: Sessions, dh_encrypted: str, *, audience: str) -> Any:
        browser = exchange.open_from_browser([self._key_sets.first.ecdh_private], dh_encrypted)
        return self.check(browser.session, audience=audience), browser

    patches.replace(Sessions, "opened", opened)


@mutant("any-data-subject-will-do", breaks="G-11", killed_by="pages-outlive-the-cutover")
def any_data_subject_will_do(patches: Patches) -> None:
    """A data subject is handed the key of another's request."""

    async def hand_over(self: Sessions, *, request_id: str, context: str, dh_encrypted: str, audience: str) -> Any:
        _, browser = self.opened(dh_encrypted, audience=audience)
        cek = await self._contexts.open_(context, request_id=request_id)
        return exchange.rewrap_for_session(browser.private, browser.public_key, cek, random=self._random)

    patches.replace(Sessions, "hand_over", hand_over)
