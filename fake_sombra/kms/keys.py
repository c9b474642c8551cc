"""What a KMS key is: its name, purpose, state and the versions of its material; and how its ARN is spelled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from fake_sombra.kms.grants import GrantRecord

SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
STATES: Final = ("Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable")

_ASYMMETRIC = ("ENCRYPT_DECRYPT", "SIGN_VERIFY")
_USAGES: Final[dict[str, tuple[str, ...]]] = {
    SYMMETRIC: ("ENCRYPT_DECRYPT",),
    "RSA_2048": _ASYMMETRIC,
    "RSA_3072": _ASYMMETRIC,
    "RSA_4096": _ASYMMETRIC,
    "ECC_NIST_P256": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "ECC_NIST_P384": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "ECC_NIST_P521": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "ECC_SECG_P256K1": ("SIGN_VERIFY",),
    "HMAC_224": ("GENERATE_VERIFY_MAC",),
    "HMAC_256": ("GENERATE_VERIFY_MAC",),
    "HMAC_384": ("GENERATE_VERIFY_MAC",),
    "HMAC_512": ("GENERATE_VERIFY_MAC",),
}
SPECS: Final = tuple(_USAGES)
USAGES: Final = tuple(sorted({usage for usages in _USAGES.values() for usage in usages}))
_DEFAULT_SPEC: Final = {
    "ENCRYPT_DECRYPT": SYMMETRIC,
    "SIGN_VERIFY": "ECC_NIST_P384",
    "KEY_AGREEMENT": "ECC_NIST_P384",
    "GENERATE_VERIFY_MAC": "HMAC_256",
}
_CURVE_HASHES: Final = {"ECC_NIST_P256": 256, "ECC_NIST_P384": 384, "ECC_NIST_P521": 512, "ECC_SECG_P256K1": 256}
_RSA_ENCRYPTION: Final = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGNING: Final = tuple(f"RSASSA_{how}_SHA_{size}" for how in ("PKCS1_V1_5", "PSS") for size in (256, 384, 512))
_ARN = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):([0-9]{12}):(key|alias)/([A-Za-z0-9:/_-]+)")


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of a key's or an alias' ARN; `kind` is `key` or `alias`."""

    partition: str
    region: str
    account: str
    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """Read an ARN of the KMS, or return None."""
        found = _ARN.fullmatch(text)
        return cls(*found.groups()) if found else None

    def __str__(self) -> str:
        return f"arn:{self.partition}:kms:{self.region}:{self.account}:{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it is now; a change makes a new record, so that forks of a world may share them.

    `rotates_yearly` says that rotation is on, every `rotation_days` days.

    `materials` names every version of the key's material, the current one last; times are seconds since 1970.
    `rotated_at` counts rotations on demand alone. `policy` is JSON text, None for AWS' default one; `primary` is the
    region of a multi-Region key's primary.
    """

    arn: str
    spec: str
    usage: str
    state: str
    materials: tuple[str, ...]
    created_at: float
    deletion_at: float | None = None
    description: str = ""
    rotates_yearly: bool = False
    rotation_days: int = 365
    rotating_since: float | None = None
    rotated_at: tuple[float, ...] = ()
    policy: str | None = None
    grants: tuple[GrantRecord, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    origin: str = "AWS_KMS"
    primary: str | None = None

    @property
    def id(self) -> str:
        """The bare key id."""
        return self.arn.rpartition(":key/")[2]

    @property
    def region(self) -> str:
        """The only region that has this key."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The owner, twelve digits."""
        return self.arn.split(":")[4]

    @property
    def is_multi_region(self) -> bool:
        """Its material may live in several regions, under the same id."""
        return self.id.startswith("mrk-")

    @property
    def is_replica(self) -> bool:
        """A multi-Region key that was made from another region's."""
        return self.is_multi_region and self.primary not in {None, self.region}

    def to_json(self) -> dict[str, Any]:
        """All but the material, for a snapshot."""
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "materials"}
        return {
            **shown,
            "rotated_at": list(self.rotated_at),
            "grants": [grant.to_json() for grant in self.grants],
            "tags": [list(tag) for tag in self.tags],
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any], materials: tuple[str, ...]) -> Key:
        """Bring a key of a snapshot back; what an older snapshot lacks has its default."""
        known = {each.name: saved[each.name] for each in fields(cls) if each.name in saved}
        lists: dict[str, Any] = {
            "rotated_at": tuple(saved.get("rotated_at", ())),
            "grants": tuple(map(GrantRecord.from_json, saved.get("grants", ()))),
            "tags": tuple((name, value) for name, value in saved.get("tags", ())),
        }
        return cls(**{**known, **lists, "materials": materials})

    def is_gone(self, now: float) -> bool:
        """The time its deletion was scheduled for has come."""
        return self.deletion_at is not None and now >= self.deletion_at


def key_arn(text: str) -> Arn:
    """Read a key's ARN; raises ValueError."""
    arn = Arn.parse(text)
    if arn is None or arn.kind != "key":
        raise ValueError(f"{text!r} is not a key ARN; write arn:aws:kms:<region>:<12 digits>:key/<id>")
    return arn


def alias_arn(text: str) -> Arn:
    """Read an alias' ARN; raises ValueError."""
    arn = Arn.parse(text)
    if arn is None or arn.kind != "alias":
        raise ValueError(f"{text!r} is not an alias ARN; write arn:aws:kms:<region>:<12 digits>:alias/<name>")
    return arn


def purpose(spec: str | None, usage: str) -> tuple[str, str]:
    """Settle a key's spec and usage, a missing spec by the usage; raises ValueError when they do not fit."""
    settled = spec if spec is not None else _DEFAULT_SPEC.get(usage, "")
    if usage not in _USAGES.get(settled, ()):
        raise ValueError(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    return settled, usage


def material_id(material: str) -> str:
    """The public name of a version of a key's material: 64 hex digits, as `KeyMaterialId` has them."""
    return hashlib.sha256(material.encode()).hexdigest()


def encryption_algorithms(spec: str) -> tuple[str, ...]:
    """What keys of a spec encrypt with."""
    return (SYMMETRIC,) if spec == SYMMETRIC else _RSA_ENCRYPTION if spec.startswith("RSA_") else ()


def signing_algorithms(spec: str) -> tuple[str, ...]:
    """What keys of a spec sign with."""
    if spec in _CURVE_HASHES:
        return (f"ECDSA_SHA_{_CURVE_HASHES[spec]}",)
    return _RSA_SIGNING if spec.startswith("RSA_") else ()


def mac_algorithms(spec: str) -> tuple[str, ...]:
    """What keys of a spec authenticate with."""
    return (f"HMAC_SHA_{spec.removeprefix('HMAC_')}",) if spec.startswith("HMAC_") else ()


def algorithms(key: Key) -> dict[str, list[str]]:
    """What a key may be asked for, under the one member that shows it in KeyMetadata."""
    member, offered = {
        "ENCRYPT_DECRYPT": ("EncryptionAlgorithms", encryption_algorithms(key.spec)),
        "SIGN_VERIFY": ("SigningAlgorithms", signing_algorithms(key.spec)),
        "GENERATE_VERIFY_MAC": ("MacAlgorithms", mac_algorithms(key.spec)),
        "KEY_AGREEMENT": ("KeyAgreementAlgorithms", ("ECDH",)),
    }[key.usage]
    return {member: list(offered)}
