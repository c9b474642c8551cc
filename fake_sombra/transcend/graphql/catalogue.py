"""What an organization has set up before anything happens: templates, attributes, identifiers, data subjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fake_sombra.transcend.graphql.services import stable_id

Node = dict[str, Any]


def _message(text: str) -> Node:
    return {"id": stable_id("message", text), "defaultMessage": text}


def _template(title: str, body: str) -> Node:
    return {
        "id": stable_id("template", title),
        "title": title,
        "subject": _message(title),
        "template": _message(body),
        "isRequired": True,
    }


TEMPLATES: Final = (
    _template("Additional Time Needed", "<p>Your request needs more time.</p>"),
    _template("Request Canceled", "<p>Your request was canceled.</p>"),
)
"""The two whose titles the CLI looks for by default (clients.md section 1)."""


def attribute_key(name: str) -> Node:
    """Return the attribute key of a name; values of a submission may name any."""
    return {
        "id": stable_id("attribute key", name),
        "name": name,
        "type": "MULTI_SELECT",
        "description": "",
        "isCustom": True,
        "enabledOn": ["request"],
    }


ATTRIBUTE_KEYS: Final = (attribute_key("Tags"),)
"""What the CLI tags its uploads with by default."""


def _identifier(name: str) -> Node:
    return {"id": stable_id("identifier", name), "name": name, "type": name}


def _enricher(title: str, kind: str, identifiers: Sequence[str]) -> Node:
    return {
        "id": stable_id("enricher", title),
        "type": kind,
        "title": title,
        "identifiers": [_identifier(name) for name in identifiers],
    }


INITIALIZER: Final = _enricher("Initializer", "TRANSCEND", ("email", "coreIdentifier", "custom"))
ENRICHER: Final = _enricher("Manual enrichment", "PERSON", ("email", "custom"))
"""The one preflight step that every request has (fidelity.md#enricher)."""


def _data_subject(kind: str, title: str) -> Node:
    return {
        "id": stable_id("data subject", kind),
        "type": kind,
        "title": _message(title),
        "active": True,
        "adminDashboardDefaultSilentMode": False,
        "supportsAuthorizedAgent": False,
        "actions": [{"type": "ACCESS"}, {"type": "ERASURE"}],
    }


DATA_SUBJECTS: Final = (_data_subject("customer", "Customer"), _data_subject("employee", "Employee"))


def holding(nodes: Sequence[Node], text: str | None, *, name: str) -> list[Node]:
    """Return the nodes whose member `name` holds a text, in whatever case."""
    sought = (text or "").lower()
    return [node for node in nodes if sought in str(node[name]).lower()]
