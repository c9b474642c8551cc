"""What is known of a condition key in one request: its values, that it is absent, or that nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fake_sombra.kms.policy.request import Request
from fake_sombra.kms.policy.truth import Doubt

_ONE_PAIR: Final = "kms:encryptioncontext:"
_SEVERAL: Final = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """No values mean an absent key; `is_multiple` when the key may have several, whatever it has now."""

    values: tuple[str, ...]
    is_multiple: bool = False


def look_up(key: str, request: Request) -> Found | Doubt:
    """Find the values of a condition key, whose name has no case."""
    name = key.lower()
    given = next((values for each, values in request.facts.items() if each.lower() == name), None)
    if given is not None:
        return Found(tuple(given), name in _SEVERAL)
    if name.startswith(_ONE_PAIR):
        return _pair(name.removeprefix(_ONE_PAIR), key, request)
    derived = _DERIVED[name](request) if name in _DERIVED else None
    if derived is None:
        return Doubt((f"the value of {key} is not known",))
    return Found(tuple(derived), name in _SEVERAL)


def _pair(lowered: str, key: str, request: Request) -> Found | Doubt:
    values = tuple(value for name, value in request.context.items() if name.lower() == lowered)
    if len(values) > 1:
        return Doubt((f"the encryption context has several names that {key} may mean, different in case alone",))
    return Found(values)


def _principal_arn(request: Request) -> Sequence[str] | None:
    """A session's ARN does not show the path of its role."""
    return (request.principal.arn,) if request.principal.kind in {"root", "user", "role"} else None


def _caller_account(request: Request) -> Sequence[str] | None:
    return (request.principal.account,)


def _via_service(request: Request) -> Sequence[str] | None:
    return () if request.via_service is None else (request.via_service,)


def _context_names(request: Request) -> Sequence[str] | None:
    return tuple(request.context)


def _key_account(request: Request) -> Sequence[str] | None:
    return None if request.key_account is None else (request.key_account,)


def _region(request: Request) -> Sequence[str] | None:
    return None if request.region is None else (request.region,)


_DERIVED: Final[dict[str, Callable[[Request], Sequence[str] | None]]] = {
    "aws:principalaccount": _caller_account,
    "aws:principalarn": _principal_arn,
    "aws:requestedregion": _region,
    "aws:resourceaccount": _key_account,
    "kms:calleraccount": _caller_account,
    "kms:encryptioncontextkeys": _context_names,
    "kms:viaservice": _via_service,
}
