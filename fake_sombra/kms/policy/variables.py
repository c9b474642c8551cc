"""Policy variables (`${aws:username}`) are seen, never filled in: what hangs on one is in doubt."""

from __future__ import annotations

from collections.abc import Callable

from fake_sombra.kms.policy.truth import Doubt, Truth

Compare = Callable[[str, str], Truth]


def seen_by(compare: Compare) -> Compare:
    """The same comparison, in doubt where the wanted text holds a variable."""

    def careful(wanted: str, actual: str) -> Truth:
        if "${" in wanted:
            return Doubt((f"the policy variable in {wanted} is not filled in here",))
        return compare(wanted, actual)

    return careful
