"""One KMS: its keys, what is denied, its journal, and the single entry behind both doors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.journal import Journal
from fake_sombra.kms.keys import ENABLED, STATES, SYMMETRIC, Arn, Caller, Key, Keys
from fake_sombra.kms.material import Material
from fake_sombra.kms.operations import OPERATIONS, Desk, Note

Before = Callable[[str, Mapping[str, Any], Caller], None]


@dataclass(slots=True)
class Kms:
    """An AWS-protocol KMS of one account, over all regions.

    `before` sees each call first and may raise `KmsError`: where faults and policies enter.
    """

    account: str
    keys: Keys = field(default_factory=Keys)
    denied: frozenset[str] = frozenset()
    material: Material = field(default_factory=Material, repr=False)
    journal: Journal = field(default_factory=Journal)
    before: Before | None = None

    def call(self, operation: str, body: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """Answer one call in JSON values (blobs are base64), or raise `KmsError`; journalled either way."""
        note, result, message = Note(), "ok", ""
        try:
            if self.before is not None:
                self.before(operation, body, caller)
            perform = OPERATIONS.get(operation)
            if perform is None:
                raise KmsError("UnsupportedOperationException", f"{operation} is not an operation of this KMS")
            return perform(Desk(self.keys, self.material, self.denied, caller, note), body)
        except KmsError as error:
            result, message = error.code, error.message
            raise
        finally:
            self.journal.append(
                operation=operation,
                key=note.key,
                region=caller.region,
                principal=caller.principal,
                bytes=note.bytes,
                context=note.context,
                result=result,
                message=message,
            )

    def caller(self, *, region: str, access_key_id: str) -> Caller:
        """Anybody who signs is a principal of this account (identity is simulated: fidelity.md)."""
        return Caller(region, access_key_id, self.account)

    def add_key(
        self, arn: str, *, spec: str = SYMMETRIC, usage: str = "ENCRYPT_DECRYPT", state: str = ENABLED
    ) -> None:
        """Make exactly this key; raise `ValueError` when the text is no key ARN."""
        parsed = Arn.parse(arn)
        if parsed is None or parsed.kind != "key":
            raise ValueError("not a key ARN")
        self.keys.by_arn[arn] = Key(parsed, (self.material.create(),), spec, usage, state)

    def set_state(self, arn: str, state: str) -> None:
        """Put a key into a state; raise `KeyError` for an unknown key, `ValueError` for an unknown state."""
        if state not in STATES:
            raise ValueError(f"no such state; use one of {', '.join(STATES)}")
        self.keys.by_arn[arn] = replace(self.keys.by_arn[arn], state=state)

    def forget(self, arn: str) -> None:
        """Delete a key for ever, as when its window has passed."""
        del self.keys.by_arn[arn]

    def rotate(self, arn: str) -> None:
        """New material for what comes; old blobs keep opening."""
        key = self.keys.by_arn[arn]
        self.keys.by_arn[arn] = replace(key, versions=(*key.versions, self.material.create()))

    def add_alias(self, alias_arn: str, key_arn: str) -> None:
        """Point an alias at a key, or repoint it."""
        self.keys.aliases[alias_arn] = str(self.keys.by_arn[key_arn].arn)

    def deny(self, action: str) -> None:
        """Take an IAM action away from every principal."""
        self.denied |= {action}

    def allow(self, action: str) -> None:
        """Give it back."""
        self.denied -= {action}

    def fork(self) -> Kms:
        """An independent copy: states are copied, material is shared, the journal starts empty."""
        return Kms(self.account, self.keys.copy(), self.denied, self.material)

    def snapshot(self) -> dict[str, Any]:
        """Everything a copy needs, key material included, as JSON values."""
        return {
            "account": self.account,
            "denied": sorted(self.denied),
            "aliases": dict(self.keys.aliases),
            "keys": [
                {
                    **{name: value for name, value in asdict(key).items() if name not in {"arn", "versions"}},
                    "arn": str(key.arn),
                    "versions": {each: base64.b64encode(self.material.dump(each)).decode() for each in key.versions},
                }
                for key in self.keys.by_arn.values()
            ],
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> Kms:
        """A KMS from a snapshot; raise `ValueError` or `KeyError` when it is none."""
        kms = cls(str(snapshot["account"]), denied=frozenset(snapshot["denied"]))
        for stored in snapshot["keys"]:
            arn = Arn.parse(stored["arn"])
            if arn is None:
                raise ValueError("the snapshot holds something that is no key ARN")
            versions = tuple(kms.material.load(each, base64.b64decode(raw)) for each, raw in stored["versions"].items())
            kms.keys.by_arn[stored["arn"]] = Key(
                arn, versions, stored["spec"], stored["usage"], stored["state"], stored["description"]
            )
        kms.keys.aliases.update(snapshot["aliases"])
        return kms
