"""What exists: keys with their material, and aliases; how it is copied, saved and brought back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fake_sombra.kms.keys import STATES, SYMMETRIC, Key, alias_arn, key_arn, purpose
from fake_sombra.kms.material import Backend
from fake_sombra.kms.private_keys import PrivateKeys

PENDING_DAYS = 30
DAY_S = 86_400.0


class NoSuchKey(ValueError):
    """No key has this ARN."""


class KeyExists(ValueError):
    """A key has this ARN already."""


@dataclass(slots=True)
class Vault:
    """Keys by ARN and aliases by ARN, of every region and account; records are replaced, never changed."""

    backend: Backend
    keys: dict[str, Key] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    private: PrivateKeys = field(default_factory=PrivateKeys)
    _owners: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stores: frozenset[str] = frozenset()
    """Ids of custom key stores: they give random bytes, and hold no key."""

    def add(self, arn: str, *, spec: str | None, usage: str, state: str, now: float, **more: Any) -> Key:
        """Create exactly this key with fresh material; raises ValueError, for a known ARN `KeyExists`.

        `more` are further fields of the key.
        """
        key_arn(arn)
        if arn in self.keys:
            raise KeyExists(f"{arn} exists; forget it first")
        settled, usage = purpose(spec, usage)
        material = self.backend.create() if settled == SYMMETRIC else self.private.create()
        key = Key(arn, settled, usage, "Enabled", (material,), now, primary=key_arn(arn).region, **more)
        self._keep(key)
        return self.set_state(arn, state, now=now)

    def get(self, arn: str) -> Key:
        """Return a key, or raise `NoSuchKey`."""
        if arn not in self.keys:
            raise NoSuchKey(f"there is no key {arn}; keys are made by POST /keys")
        return self.keys[arn]

    def update(self, arn: str, **changes: Any) -> Key:
        """Change fields of a key."""
        key = replace(self.get(arn), **changes)
        self._keep(key)
        return key

    def set_state(self, arn: str, state: str, *, now: float, days: int = PENDING_DAYS) -> Key:
        """Put a key into any state; `days` is the waiting time of PendingDeletion."""
        if state not in STATES:
            raise ValueError(f"{state!r} is not a key state; write one of {', '.join(STATES)}")
        deletion_at = now + days * DAY_S if state == "PendingDeletion" else None
        return self.update(arn, state=state, deletion_at=deletion_at)

    def rotate(self, arn: str) -> Key:
        """Give a key new material; what the old material sealed keeps opening."""
        key = self.get(arn)
        if key.spec != SYMMETRIC:
            raise ValueError(f"{arn} is no symmetric key; only those rotate")
        fresh = self.backend.create()
        for each in self.replicas_of(key):
            self.update(each.arn, materials=(*each.materials, fresh))
        return self.get(arn)

    def forget(self, arn: str) -> None:
        """Drop a key, its material and its aliases, as after the deletion window."""
        for material in self.get(arn).materials:
            self._owners[material] = tuple(each for each in self._owners[material] if each != arn)
        del self.keys[arn]
        for alias in [alias for alias, target in self.aliases.items() if target == arn]:
            del self.aliases[alias]

    def forget_expired(self, now: float) -> None:
        """Drop every key whose deletion window has passed."""
        for key in [key for key in self.keys.values() if key.is_gone(now)]:
            self.forget(key.arn)

    def set_alias(self, alias: str, arn: str) -> None:
        """Point an alias, new or old, at a key of its own account and region; raises ValueError."""
        name, key = alias_arn(alias), self.get(arn)
        if (name.region, name.account) != (key.region, key.account):
            raise ValueError(f"{alias} and {arn} differ in region or account; an alias cannot cross them")
        self.aliases[alias] = arn

    def owner_of(self, material: str, region: str) -> Key | None:
        """The key that has this material among its versions; of several replicas, the one in this region."""
        owners = [self.keys[arn] for arn in self._owners.get(material, ())]
        return next((key for key in owners if key.region == region), owners[0] if owners else None)

    def replicas_of(self, key: Key) -> list[Key]:
        """Every key that shares this one's material: itself, and the other regions' of a multi-Region key."""
        if not key.is_multi_region:
            return [key]
        return [each for each in self.keys.values() if (each.id, each.account) == (key.id, key.account)]

    def replicate(self, key: Key, region: str, *, now: float, **more: Any) -> Key:
        """Give a multi-Region key a replica: the same id and material; state, policy and grants of its own."""
        arn = str(replace(key_arn(key.arn), region=region))
        if arn in self.keys:
            raise KeyExists(f"{arn} exists")
        fresh: dict[str, Any] = {"description": "", "policy": None, "grants": (), "tags": (), **more}
        self._keep(replace(key, arn=arn, state="Enabled", created_at=now, deletion_at=None, **fresh))
        return self.keys[arn]

    def knows_token(self, token: str) -> bool:
        """Whether a grant that still exists was handed out with this token."""
        return any(grant.token == token for key in self.keys.values() for grant in key.grants)

    def within(self, region: str, account: str) -> Iterator[Key]:
        """Every key of one region and account, oldest first."""
        return (key for key in self.keys.values() if (key.region, key.account) == (region, account))

    def copy(self) -> Vault:
        """An independent vault over the same, immutable material."""
        return Vault(self.backend, dict(self.keys), dict(self.aliases), self.private, dict(self._owners), self.stores)

    def to_json(self) -> dict[str, Any]:
        """Everything, key material included (base64): for `from_json` and nobody else."""
        keys = [self._exported(key) for key in self.keys.values()]
        return {"keys": keys, "aliases": dict(self.aliases), "stores": sorted(self.stores)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any], backend: Backend, *, now: float) -> Vault:
        """Bring a snapshot back; a key without material is a new one. Raises ValueError, never with a secret."""
        vault = cls(backend, stores=frozenset(document.get("stores", ())))
        for each in document.get("keys", ()):
            vault._restore(each, now)
        for alias, arn in document.get("aliases", {}).items():
            vault.set_alias(alias, arn)
        return vault

    def _keep(self, key: Key) -> None:
        self.keys[key.arn] = key
        for material in key.materials:
            owners = self._owners.get(material, ())
            self._owners[material] = owners if key.arn in owners else (*owners, key.arn)

    def _exported(self, key: Key) -> dict[str, Any]:
        return {**key.to_json(), "materials": [self._exported_material(name, key.spec) for name in key.materials]}

    def _exported_material(self, name: str, spec: str) -> dict[str, str]:
        secret = self.backend.export(name) if spec == SYMMETRIC else self.private.export(name)
        return {"id": name} if secret is None else {"id": name, "material": base64.b64encode(secret).decode()}

    def _restore(self, saved: Mapping[str, Any], now: float) -> None:
        if "materials" not in saved:
            usage, state = saved.get("usage", "ENCRYPT_DECRYPT"), saved.get("state", "Enabled")
            self.add(saved["arn"], spec=saved.get("spec"), usage=usage, state=state, now=now)
            return
        key_arn(saved["arn"])
        spec, usage = purpose(saved["spec"], saved["usage"])
        if not saved["materials"]:
            raise ValueError(f"{saved['arn']} has no key material; take the snapshot from GET /snapshot unchanged")
        keeper = self.backend if spec == SYMMETRIC else self.private
        for each in saved["materials"]:
            keeper.adopt(each["id"], _secret(each["material"]) if "material" in each else None)
        names = tuple(each["id"] for each in saved["materials"])
        self._keep(Key.from_json({**saved, "spec": spec, "usage": usage}, names))


def _secret(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a key material is not base64; take it from GET /snapshot unchanged") from error
