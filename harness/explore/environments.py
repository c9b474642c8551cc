"""How a configuration of the explorer is spelled as Sombra's variables, rightly and wrongly."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from harness.explore.situation import Configuration
from harness.generated import before_and_after
from harness.key_material import fresh_key

ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-1"
ARNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        name: f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{digit * 8}-0000-4000-8000-000000000000"
        for name, digit in (("x", "a"), ("y", "b"), ("signing", "c"), ("absent", "d"))
    }
)
_AHEAD_S: Final = "7200"
_WRONG: Final[Mapping[str, Mapping[str, str | None]]] = MappingProxyType(
    {
        "hybrid": {"KMS_PROVIDER": "local,AWS"},
        "misspelt": {"KMS_PROVIDER": "aws"},
        "no-keys": {"JWT_ECDSA_KEY": None},
        "no-arn": {"KMS_PROVIDER": "AWS", "AWS_REGION": REGION, "AWS_KMS_KEY_ARN": None},
        "malformed-arn": {"KMS_PROVIDER": "AWS", "AWS_REGION": REGION, "AWS_KMS_KEY_ARN": "arn:aws:kms:key/x"},
    }
)


@cache
def common() -> Mapping[str, str]:
    """What every explored environment has: the organization and an internal key of nobody; one attempt a KMS call."""
    variables = before_and_after()[0].variables
    kept = {name: variables[name] for name in ("ORGANIZATION_URI", "INTERNAL_KEY_HASH")}
    return MappingProxyType({**kept, "FAKE_SOMBRA_KMS_RETRIES": "1"})


def variables_of(configuration: Configuration) -> dict[str, str]:
    """The variables; `AWS_*` stay behind after a rollback, as they do in the guide's (D-01)."""
    variables = {
        "KMS_PROVIDER": configuration.provider,
        "JWT_ECDSA_KEY": ",".join(_signing_key(name) for name in configuration.keys),
    }
    switches = configuration.switches
    if configuration.kms_key is not None:
        variables["AWS_KMS_KEY_ARN"] = ARNS[configuration.kms_key]
        variables["AWS_REGION"] = "us-east-1" if "elsewhere" in switches else REGION
    if "throw" in switches:
        variables["AWS_KMS_THROW_PERMISSIONS_ERRORS"] = "true"
    if "ahead" in switches:
        variables["FAKE_SOMBRA_CLOCK_OFFSET_S"] = _AHEAD_S
    if "own-consent" in switches:
        variables["CONSENT_IDENTIFIER_ENCRYPTION_KEY"] = b64encode(sha256(b"explored consent").digest()).decode()
    return variables


def wrong_variables(kind: str, configuration: Configuration) -> dict[str, str | None]:
    """The same with one mistake that must refuse the start; None takes a variable out."""
    variables: dict[str, str | None] = {**variables_of(configuration)}
    keys = variables["JWT_ECDSA_KEY"]
    lists = {"empty-item": f"{keys},", "wrong-curve": f"{keys},{fresh_key('explored P-256', curve='P-256')}"}
    return {**variables, **({"JWT_ECDSA_KEY": lists[kind]} if kind in lists else _WRONG[kind])}


def _signing_key(name: str) -> str:
    return fresh_key(f"explored {name}")
