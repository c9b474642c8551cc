"""The boto3 clients of a trial: botocore's own checks and retries are off, because the KMS is on trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.config import Config

from fake_sombra.kms.boto_session import make_client
from harness.conformance.row import Who
from harness.conformance.subject import NotExpressible

ACCESS_KEY: Final = "AKIAREHEARSAL"
STRANGER: Final = "999999999999"
CONFIG: Final = Config(
    proxies={},
    parameter_validation=False,
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 1},
)
NO_STRANGER: Final = "there is no second account to make a key in"
NEVER_LATE: Final = "no call makes credentials expire"


@dataclass(frozen=True, slots=True)
class Signer:
    """One pair of keys, planted: they protect nothing."""

    access_key_id: str
    secret: str
    token: str | None = None


SIGNERS: Final[Mapping[Who, Signer]] = {
    "caller": Signer(ACCESS_KEY, "the secret of the caller"),
    "stranger": Signer("AKIASTRANGER", "the secret of the stranger"),
    "impostor": Signer(ACCESS_KEY, "a secret that is wrong"),
    "expired": Signer("ASIAREHEARSAL", "the secret of yesterday", "the token of yesterday"),
}


@dataclass(slots=True)
class Clients:
    """One client a region and signer, made when first asked for; `make` raises `NotExpressible`."""

    make: Callable[[str, Who], Any]
    _made: dict[tuple[str, Who], Any] = field(default_factory=dict)

    def __call__(self, region: str, by: Who = "caller") -> Any:
        """The client, the same each time."""
        if (region, by) not in self._made:
            self._made[region, by] = self.make(region, by)
        return self._made[region, by]

    def close(self) -> None:
        """Let go of every connection."""
        for each in self._made.values():
            each.close()


def clients_of(endpoint: str, *, knows_signers: bool = False) -> Clients:
    """Clients of one endpoint that serves every region; only a front of ours knows every signer."""

    def make(region: str, by: Who) -> Any:
        if not knows_signers and by in {"stranger", "expired"}:
            raise NotExpressible(NO_STRANGER if by == "stranger" else NEVER_LATE)
        signer = SIGNERS[by]
        return make_client(
            region=region,
            endpoint=endpoint,
            access_key_id=signer.access_key_id,
            config=CONFIG,
            secret=signer.secret,
            token=signer.token,
        )

    return Clients(make)
