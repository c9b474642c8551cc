"""Which adapter serves which provider; one that does not ship is opened by its own settings (G-26)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_sombra.keyring import Keyring
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.settings import Settings


def open_keyring(
    settings: Settings,
    *,
    random: Callable[[int], bytes],
    warn: Callable[[str], None],
    kms_client: Any = None,
) -> Keyring:
    """The keyring of a boot; what only AWS needs is imported only there."""
    if settings.aws is not None:
        from fake_sombra.keyring.aws import AwsKeyring  # noqa: PLC0415  time that Local boots need not pay

        return AwsKeyring(
            settings.aws, organization=settings.organization_uri, random=random, warn=warn, client=kms_client
        )
    if settings.further is not None:
        return settings.further.keyring(random=random)
    return LocalKeyring(settings.key_sets, random=random)
