"""How strictly public clients decode: a missing key or another type ends the command (clients.md section 4).

Written by hand after the behaviour of io-ts; nothing of the fake is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Codec = Callable[[Any, str], list[str]]
"""Returns what is wrong with a value at a place; an empty list when it fits."""

_MISSING: Final = object()


class Undecodable(Exception):
    """An answer of another shape than the client was built for."""


def decode(codec: Codec, value: Any) -> Any:
    """Return the value, or raise `Undecodable` in the words the CLI prints."""
    problems = codec(value, "")
    if problems:
        quoted = ", ".join(f'"{each}"' for each in problems)
        raise Undecodable(f"Failed to decode codec: [ {quoted} ]")
    return value


def _primitive(name: str, fits: Callable[[Any], bool]) -> Codec:
    return lambda value, place: [] if value is not _MISSING and fits(value) else [f"{place} expected type '{name}'"]


string: Final = _primitive("string", lambda value: isinstance(value, str))
number: Final = _primitive("number", lambda value: isinstance(value, int | float) and not isinstance(value, bool))
boolean: Final = _primitive("boolean", lambda value: isinstance(value, bool))
null: Final = _primitive("null", lambda value: value is None)


def one_of(*values: str) -> Codec:
    """One of the values of an enum."""
    return _primitive(" | ".join(values[:3]), lambda value: isinstance(value, str) and value in values)


def union(*codecs: Codec) -> Codec:
    """Whatever one of them takes."""
    return lambda value, place: [] if any(not codec(value, place) for codec in codecs) else codecs[0](value, place)


def array(codec: Codec) -> Codec:
    """A list, each item of one kind."""

    def check(value: Any, place: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{place} expected type 'array'"]
        return [problem for index, item in enumerate(value) for problem in codec(item, f"{place}.{index}")]

    return check


def record(**members: Codec) -> Codec:
    """An object with all of these members; others are fine. A trailing underscore in a name is dropped."""
    return _members({name.removesuffix("_"): codec for name, codec in members.items()}, is_partial=False)


def partial(**members: Codec) -> Codec:
    """An object whose members may be missing, but not of another type."""
    return _members(members, is_partial=True)


def both(*codecs: Codec) -> Codec:
    """An object that every one of them takes."""
    return lambda value, place: [problem for codec in codecs for problem in codec(value, place)]


def _members(members: Mapping[str, Codec], *, is_partial: bool) -> Codec:
    def check(value: Any, place: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{place} expected type 'object'"]
        problems: list[str] = []
        for name, codec in members.items():
            if is_partial and name not in value:
                continue
            problems += codec(value.get(name, _MISSING), f"{place}.{name}")
        return problems

    return check


ACTIONS: Final = (
    "ACCESS",
    "ERASURE",
    "RECTIFICATION",
    "RESTRICTION",
    "BUSINESS_PURPOSE",
    "CONTACT_OPT_OUT",
    "SALE_OPT_OUT",
    "TRACKING_OPT_OUT",
    "CUSTOM_OPT_OUT",
    "AUTOMATED_DECISION_MAKING_OPT_OUT",
    "USE_OF_SENSITIVE_INFORMATION_OPT_OUT",
    "CONTACT_OPT_IN",
    "SALE_OPT_IN",
    "TRACKING_OPT_IN",
    "CUSTOM_OPT_IN",
    "AUTOMATED_DECISION_MAKING_OPT_IN",
    "USE_OF_SENSITIVE_INFORMATION_OPT_IN",
    "PLACE_ON_LEGAL_HOLD",
    "REMOVE_FROM_LEGAL_HOLD",
)
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
IDENTIFIER_TYPES: Final = (
    "email",
    "phone",
    "coreIdentifier",
    "custom",
    "gaid",
    "idfa",
    "idfv",
    "browserId",
    "microsoftAdvertisingId",
    "amazonFireAdvertisingId",
    "rida",
    "stripeId",
    "transcend",
)

_message: Final = record(defaultMessage=string, id=string)
_file: Final = record(
    downloadKey=string,
    error=union(null, string),
    mimetype=string,
    size=string,
    fileName=string,
    dataPoint=record(
        id=string,
        title=union(_message, null),
        description=union(_message, null),
        name=string,
        slug=string,
        encryption=union(one_of("UNENCRYPTED", "ENCRYPTED_APPLICATION_SIDE", "ENCRYPTED_DATA_AT_REST"), null),
        path=array(string),
        dataSilo=record(id=string, title=string, description=string, type=string, outerType=union(string, null)),
    ),
)
DOWNLOAD_KEYS: Final = record(
    nodes=array(_file),
    totalCount=number,
    _links=partial(next=union(string, null), previous=union(string, null)),
)
IDENTIFIERS: Final = record(
    identifiers=array(record(id=string, name=string, value=string, type=one_of(*IDENTIFIER_TYPES)))
)
SUBMITTED: Final = record(
    request=record(
        id=string,
        link=string,
        status=one_of(*STATUSES),
        type=one_of(*ACTIONS),
        subjectType=string,
        email=union(null, string),
        coreIdentifier=string,
        isSilent=boolean,
        isTest=boolean,
        country=union(null, string),
        countrySubDivision=union(null, string),
        attributeValues=array(record(attributeKey=record(name=string), name=string)),
    )
)
_partition: Final = record(id=string, name=string, partition=string)
PENDING: Final = record(
    items=array(
        both(
            record(
                identifier=string,
                type=string,
                coreIdentifier=string,
                dataSiloId=string,
                requestId=string,
                nonce=string,
                requestCreatedAt=string,
                daysUntilOverdue=number,
                attributes=array(record(key=string, values=array(string))),
            ),
            partial(partition=union(null, _partition)),
        )
    )
)
SIGNED_CODE: Final = record(signedCodeJwt=string, signedCodeContextJwt=string)

LISTED_REQUEST: Final = both(
    record(
        id=string,
        createdAt=string,
        email=string,
        type=one_of(*ACTIONS),
        link=string,
        isSilent=boolean,
        origin=one_of("PRIVACY_CENTER", "ADMIN_DASHBOARD", "API", "SHOPIFY", "DROP"),
        isTest=boolean,
        coreIdentifier=string,
        details=string,
        locale=string,
        status=one_of(*STATUSES),
        subjectType=string,
        country=union(null, string),
        countrySubDivision=union(null, string),
        attributeValues=array(record(id=string, name=string, attributeKey=record(id=string, name=string))),
    ),
    partial(daysRemaining=union(null, number), successfullyCompletedAt=union(null, string), purpose=null),
)
"""The CLI does not decode these; a list that would not even pass its own declared type is a defect all the same."""
