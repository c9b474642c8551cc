"""How a custom function is signed by the gateway that will run it (sombra.md 5.7, 6.26; fidelity.md#custom-sign)."""

from __future__ import annotations

import json
from collections.abc import Callable

from fake_sombra.crypto import cipher
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.shapes import Fields

_LONGEST_TIMEOUT_MS = 2**31


class CustomFunctions:
    """Signs code, and seals the environment it is given under a key of its own."""

    def __init__(self, *, contexts: Contexts, random: Callable[[int], bytes]) -> None:
        self._contexts = contexts
        self._random = random

    async def sign(self, body: Fields) -> dict[str, str]:
        """Return both tokens; a key is made only when there is an environment to seal."""
        code, context = body.text("code"), body.nested("context")
        if body.content.get("customFunction") is not None:
            body.nested("customFunction").optional_text("id")
        environment = json.dumps(_environment(context), ensure_ascii=False, separators=(",", ":")).encode()
        settings = {
            "allowedHosts": [] if context.content.get("allowedHosts") is None else context.texts("allowedHosts"),
            "allowThirdPartyImports": context.flag("allowThirdPartyImports"),
            "timeoutMs": context.integer("timeoutMs", default=0, low=0, high=_LONGEST_TIMEOUT_MS) or None,
        }
        signed, signed_context = await self._contexts.sign_code(
            code,
            settings,
            seal=None if environment == b"{}" else lambda key: cipher.pack(key, environment, random=self._random),
        )
        return {"signedCodeJwt": signed, "signedCodeContextJwt": signed_context}


def _environment(context: Fields) -> dict[str, str]:
    """Read `userDefinedEnv`: an object of texts, or a list of `{key, value}`."""
    given = context.content.get("userDefinedEnv")
    if isinstance(given, list):
        return {each.text("key"): each.optional_text("value") or "" for each in context.objects("userDefinedEnv")}
    named = context.optional_nested("userDefinedEnv")
    return {name: named.optional_text(name) or "" for name in named.content}
