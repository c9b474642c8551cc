"""The sixteen statuses of a request, and which step leads from which to which (sombra.md 7.1, 7.2)."""

from __future__ import annotations

from typing import Final

from fake_sombra.errors import BadRequest, Conflict

STATUSES: Final = (
    "REQUEST_MADE",
    "FAILED_VERIFICATION",
    "ENRICHING",
    "ON_HOLD",
    "WAITING",
    "COMPILING",
    "APPROVING",
    "DELAYED",
    "COMPLETED",
    "DOWNLOADABLE",
    "VIEW_CATEGORIES",
    "CANCELED",
    "SECONDARY",
    "SECONDARY_COMPLETED",
    "SECONDARY_APPROVING",
    "REVOKED",
)

IN_FLIGHT: Final = frozenset(
    {
        "REQUEST_MADE",
        "ENRICHING",
        "ON_HOLD",
        "WAITING",
        "COMPILING",
        "APPROVING",
        "DELAYED",
        "SECONDARY",
        "SECONDARY_APPROVING",
    }
)
"""The request still needs its CEK."""

CLOSED: Final = frozenset({"FAILED_VERIFICATION", "COMPLETED", "CANCELED", "SECONDARY_COMPLETED", "REVOKED"})
"""Nothing more is to come: those a submission may begin with as well (`completedRequestStatus`)."""

AWAITED: Final = frozenset({"COMPILING", "SECONDARY", "SECONDARY_APPROVING"})
"""A data silo still has to say that it has done its part."""

_UNSTOPPABLE: Final = frozenset({"SECONDARY", "SECONDARY_APPROVING"})

_STEPS: Final[dict[str, dict[str, str]]] = {
    "enrich": {"REQUEST_MADE": "COMPILING", "ENRICHING": "COMPILING"},
    "confirm": {
        "SECONDARY": "SECONDARY_COMPLETED",
        "SECONDARY_APPROVING": "SECONDARY_COMPLETED",
        "COMPILING": "APPROVING",
    },
    "answer": {status: status for status in IN_FLIGHT},
    "approve": {"APPROVING": "DOWNLOADABLE"},
    "cancel": dict.fromkeys(IN_FLIGHT - _UNSTOPPABLE, "CANCELED"),
    "cancel_any": dict.fromkeys(frozenset(STATUSES) - _UNSTOPPABLE - {"CANCELED", "REVOKED"}, "CANCELED"),
    "resume": {"ON_HOLD": "COMPILING", "WAITING": "COMPILING"},
    "attach": {status: status for status in IN_FLIGHT},
}

GATEWAY_STEPS: Final = frozenset({"enrich", "confirm", "answer"})
"""What a gateway may ask of `advance`."""


def after(step: str, status: str) -> str:
    """Return the status a step leads to, or raise `Conflict` when it is not allowed from here."""
    allowed = _STEPS[step]
    if status not in allowed:
        raise Conflict(f"a request in {status} takes no step '{step}'; it needs {' or '.join(sorted(allowed))}")
    return allowed[status]


def known(status: str) -> str:
    """Return a status as given, or raise `BadRequest` when it is none of the sixteen."""
    if status not in STATUSES:
        raise BadRequest(f"there is no status '{status[:40]}'; use one of {', '.join(STATUSES)}")
    return status
