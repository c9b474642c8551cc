"""How an integration's credential is kept: sealed in a context that only the caller stores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from fake_sombra.crypto import cipher
from fake_sombra.errors import Tampered
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.shapes import Fields


class Integrations:
    """Seals credentials for integrations and obtains them again."""

    def __init__(self, *, contexts: Contexts, random: Callable[[int], bytes]) -> None:
        self._contexts = contexts
        self._random = random

    async def register(self, body: Fields) -> str:
        """Return the signed context of an integration, its whole content sealed inside."""
        body.nested("secretMap")
        for name in ("allowedHosts", "allowedPlaintextPaths"):
            body.texts(name)
        if body.content.get("allowedIdentifierPaths") is not None:
            body.texts("allowedIdentifierPaths")
        content = json.dumps(body.content, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._contexts.make_integration(
            lambda data_key: cipher.pack(data_key, content, random=self._random)
        )

    async def credential(self, context: str) -> str:
        """Obtain the credential and return the digest of its canonical JSON; the call itself is simulated."""
        data_key, sealed = await self._contexts.open_integration(context)
        try:
            secrets = json.loads(cipher.unpack(data_key, sealed))["secretMap"]
        except (ValueError, TypeError, KeyError) as error:
            raise Tampered("an integration's context does not hold what register-saas writes") from error
        canonical = json.dumps(secrets, sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
