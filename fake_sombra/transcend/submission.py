"""How the public submission of a request (sombra.md 6.12) is read, and what of it is kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from fake_sombra.errors import BadRequest
from fake_sombra.transcend.fields import Fields
from fake_sombra.transcend.statuses import CLOSED

PUBLIC: Final = (
    "subjectType",
    "email",
    "coreIdentifier",
    "isSilent",
    "isTest",
    "country",
    "countrySubDivision",
    "attributeValues",
    "replyToEmailAddresses",
)
"""What the answer to a submission shows of it."""


def details_of(body: Fields) -> dict[str, Any]:
    """Return what is kept of a submission; raise `BadRequest` when it lacks a part."""
    subject, region = body.nested("subject"), body.nested("region")
    email = subject.optional_text("email")
    core_identifier = subject.optional_text("coreIdentifier") or email
    if not core_identifier:
        raise BadRequest("'subject' holds neither a coreIdentifier nor an email")
    return {
        "subjectType": body.text("subjectType"),
        "email": email,
        "coreIdentifier": core_identifier,
        "isSilent": body.flag("isSilent"),
        "isTest": body.flag("isTest"),
        "country": region.optional_text("country"),
        "countrySubDivision": region.optional_text("countrySubDivision"),
        "attributeValues": _attributes(body),
        "replyToEmailAddresses": body.texts("replyToEmailAddresses"),
        "locale": body.optional_text("locale") or "en",
        "details": body.optional_text("details") or "",
        "origin": "API",
        "dataSiloIds": body.texts("dataSiloIds"),
        "completedRequestStatus": _closed_status(body),
        "additionalDays": 0,
        "digest": _digest(body),
    }


def _attributes(body: Fields) -> list[dict[str, Any]]:
    # Each key is read, also that of an attribute without values.
    stated = [(attribute.text("key"), attribute.texts("values")) for attribute in body.objects("attributes")]
    return [{"name": value, "attributeKey": {"name": key}} for key, values in stated for value in values]


def _closed_status(body: Fields) -> str | None:
    status = body.optional_text("completedRequestStatus")
    if status is not None and status not in CLOSED:
        raise BadRequest(f"'completedRequestStatus' is none of {', '.join(sorted(CLOSED))}")
    return status


def _digest(body: Fields) -> str | None:
    """Tell equal submissions apart from like ones; `details` marks a row of an upload (fidelity.md#duplicates)."""
    if not body.optional_text("details"):
        return None
    canonical = json.dumps(body.content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()
