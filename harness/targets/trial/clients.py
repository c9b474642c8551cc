"""The boto3 clients of a trial: botocore's own checks and retries are off, because the KMS is on trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.config import Config

from fake_sombra.kms.boto_session import make_client

ACCESS_KEY: Final = "AKIAREHEARSAL"
STRANGER: Final = "999999999999"
CONFIG: Final = Config(
    proxies={},
    parameter_validation=False,
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 1},
)


@dataclass(slots=True)
class Clients:
    """One client a region, made when first asked for."""

    make: Callable[[str], Any]
    _made: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, region: str) -> Any:
        if region not in self._made:
            self._made[region] = self.make(region)
        return self._made[region]

    def close(self) -> None:
        """Let go of every connection."""
        for each in self._made.values():
            each.close()


def clients_of(endpoint: str) -> Clients:
    """Clients of one endpoint that serves every region."""
    return Clients(
        lambda region: make_client(region=region, endpoint=endpoint, access_key_id=ACCESS_KEY, config=CONFIG)
    )
