"""Policies that a rehearsal puts in force at a front, kept as they were given, so that a copy can carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.kms.call import Access, Before
from fake_sombra.kms.enforcement import enforce
from fake_sombra.kms.policy import Kind, MalformedPolicy, Policy, parse_policy

KINDS: Final[Mapping[str, Kind]] = {"identity": Kind.IDENTITY, "key": Kind.KEY}


@dataclass(slots=True)
class GivenPolicies:
    """One document a principal and one a key; while there is none, nobody is asked."""

    _texts: dict[tuple[str, str], str] = field(default_factory=dict)
    _ask: Before | None = None

    def put(self, kind: str, of: str, document: str) -> None:
        """Put a policy in force, in the place of an older one of the same principal or key; raises ValueError."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of policy here; write {' or '.join(KINDS)}")
        try:
            parse_policy(document, name=f"the policy of {of}", kind=KINDS[kind])
        except MalformedPolicy as error:
            raise ValueError(str(error)) from error
        self._texts[kind, of] = document
        self._ask = self._enforced()

    def lift(self) -> None:
        """Leave every policy out from now on."""
        self._texts.clear()
        self._ask = None

    def authorize(self, access: Access) -> None:
        """Raise `KmsError` for what the policies in force do not allow."""
        if self._ask is not None:
            self._ask(access)

    def copy(self) -> GivenPolicies:
        """An independent copy."""
        return GivenPolicies(dict(self._texts), self._ask)

    def to_json(self) -> list[dict[str, str]]:
        """As a snapshot carries them."""
        return [{"kind": kind, "of": of, "document": text} for (kind, of), text in self._texts.items()]

    @classmethod
    def from_json(cls, documents: Any) -> GivenPolicies:
        """Bring them back; raises KeyError, TypeError or ValueError."""
        given = cls()
        for each in documents:
            given.put(each["kind"], each["of"], each["document"])
        return given

    def _enforced(self) -> Before:
        parsed: dict[str, dict[str, Policy]] = {kind: {} for kind in KINDS}
        for (kind, of), text in self._texts.items():
            parsed[kind][of] = parse_policy(text, name=f"the policy of {of}", kind=KINDS[kind])
        return enforce({of: (policy,) for of, policy in parsed["identity"].items()}, keys=parsed["key"])
