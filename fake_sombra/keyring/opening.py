"""Which adapter serves which provider: the one place a further provider is added (G-26)."""

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
    """The keyring of a boot; boto3 is imported only where it is used."""
    if settings.aws is None:
        return LocalKeyring(settings.key_sets, random=random)
    from fake_sombra.keyring.aws import AwsKeyring  # noqa: PLC0415  0.1 s that Local boots need not pay

    return AwsKeyring(
        settings.aws, organization=settings.organization_uri, random=random, warn=warn, client=kms_client
    )
