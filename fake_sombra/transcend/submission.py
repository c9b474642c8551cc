"""How the public submission of a request (sombra.md 6.12) is read, and what of it is kept."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import BadRequest
from fake_sombra.transcend.fields import Fields


def details_of(body: Fields) -> dict[str, Any]:
    """Return what a request's answer shows of it; raise `BadRequest` when the submission lacks a part."""
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
    }


def _attributes(body: Fields) -> list[dict[str, Any]]:
    return [
        {"name": value, "attributeKey": {"name": attribute.text("key")}}
        for attribute in body.objects("attributes")
        for value in attribute.texts("values")
    ]
