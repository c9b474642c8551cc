"""What start-up configurations differ in: provider, ordered key list, ARN, region; and what the model makes of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import permutations, product
from types import MappingProxyType

from harness.model import Boot, Expectation, KmsState, era_of, expect

KEYS = ("k1", "k2", "k3", "k4", "k5")
MOST_KEYS = 4

_WRAPPED_INSIDE = ("file", "request", "identifier", "integration", "nonce", "download_key", "webhook_token")
"""What cannot be made without a CEK: a nonce and a download key carry a context, a webhook hangs on a request."""


class Provider(StrEnum):
    """KMS_PROVIDER."""

    LOCAL = "local"
    AWS = "AWS"


class Arn(StrEnum):
    """What AWS_KMS_KEY_ARN holds."""

    UNSET = "unset"
    MALFORMED = "malformed"
    X = "x"
    Y = "y"
    ALIAS = "alias of x"


class Region(StrEnum):
    """What AWS_REGION holds, against the region of the keys."""

    SAME = "same"
    OTHER = "other"
    UNSET = "unset"


TARGETS: Mapping[Arn, str] = MappingProxyType({Arn.X: "x", Arn.Y: "y", Arn.ALIAS: "x"})


@dataclass(frozen=True)
class Configuration:
    """One environment; `keys` are names of KEYS in the order of JWT_ECDSA_KEY."""

    provider: Provider
    keys: tuple[str, ...]
    arn: Arn
    region: Region

    def __str__(self) -> str:
        kms = "" if self.provider is Provider.LOCAL else f"({self.arn}, {self.region} region)"
        return f"{self.provider}{kms} [{','.join(self.keys)}]"

    @cached_property
    def boot(self) -> Boot | None:
        """What the model makes of it; None when it is refused (claims.md, "Start-up")."""
        if self.provider is Provider.LOCAL:
            return Boot("local", self.keys, None)
        if self.arn not in TARGETS or self.region is Region.UNSET:
            return None
        return Boot("AWS", self.keys, TARGETS[self.arn])

    @cached_property
    def kms(self) -> KmsState:
        """The KMS as this configuration sees it."""
        is_elsewhere = self.provider is Provider.AWS and self.region is Region.OTHER
        return KmsState(states=dict.fromkeys(("x", "y"), "WrongRegion") if is_elsewhere else {})

    @cached_property
    def kind(self) -> str:
        """How it behaves whatever its keys are: refused, local, or AWS with one key in one region."""
        if self.boot is None:
            return "refused"
        return "local" if self.provider is Provider.LOCAL else f"AWS {self.arn}, {self.region} region"

    def makes(self, kind: str) -> bool:
        """Whether an artifact of a class can be made under it."""
        if self.boot is None:
            return False
        return not (self.kms.states and kind in _WRAPPED_INSIDE)


def every_configuration() -> Iterator[Configuration]:
    """All of them: 2 providers, 205 ordered lists of up to four of five keys, 5 ARNs, 3 regions."""
    lists = [keys for size in range(1, MOST_KEYS + 1) for keys in permutations(KEYS, size)]
    for provider, keys, arn, region in product(Provider, lists, Arn, Region):
        yield Configuration(provider, keys, arn, region)


def predicted(kind: str, write: Configuration, read: Configuration) -> Expectation | None:
    """What the reference model says of an artifact written and read so; None when it is never made or never read."""
    if write.boot is None or read.boot is None or not write.makes(kind):
        return None
    return expect(kind, era_of(kind, write.boot), read.boot, read.kms)
