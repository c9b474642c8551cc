"""The queries: what is known of requests, files, integrations and the organization's settings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sombra.errors import BadRequest
from fake_sombra.transcend import files, integrations, pending, requests
from fake_sombra.transcend.graphql import catalogue, views
from fake_sombra.transcend.graphql.services import (
    Resolver,
    Services,
    forwards_only,
    known_id,
    offset_of,
    page_size,
)
from fake_sombra.transcend.graphql.views import Node
from fake_sombra.transcend.request_filters import Condition, conditions
from fake_sombra.transcend.tables import files as file_rows

_IN_ORDER: Final[tuple[list[tuple[str, str]], ...]] = (
    [],
    [("createdAt", "ASC")],
    [("createdAt", "ASC"), ("id", "ASC")],
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Resolvers that ask the store alone."""

    services: Services

    def resolvers(self) -> dict[str, Resolver]:
        """Return them by the name of their field."""
        return {
            "request": self._request,
            "requests": self._requests,
            "requestEnrichers": self._request_enrichers,
            "requestFiles": self._request_files,
            "bulkRequestFiles": self._bulk_request_files,
            "listReducedRequestsForDataSilo": self._pending_count,
            "templates": self._templates,
            "attributeKeys": self._attribute_keys,
            "initializer": lambda info: catalogue.INITIALIZER,
            "internalSubjects": self._data_subjects,
            "dataSilo": self._data_silo,
            "dataSilos": self._data_silos,
        }

    def _request(self, info: Any, id: str) -> Node:  # noqa: A002  the argument's public name
        with self.services.store.read() as rows:
            return views.request(requests.find(rows, known_id(id, what="request")), now=self.services.clock())

    def _requests(self, info: Any, **given: Any) -> Node:
        forwards_only(last=given.get("last"), before=given.get("before"))
        _in_order(given.get("orderBy"))
        first, offset, after = page_size(given.get("first")), offset_of(given.get("offset")), given.get("after")
        only = conditions(given.get("filterBy"))
        with self.services.store.read() as rows:
            page = requests.page(rows, wanted=(), first=first + 1, after=after or None, offset=offset, only=only)
        shown, now = page.found[:first], self.services.clock()
        cursors = [requests.cursor_of(held) for held in (shown[:1] + shown[-1:])]
        return {
            "nodes": [views.request(held, now=now) for held in shown],
            "totalCount": page.total,
            "pageInfo": views.page_info(
                start=cursors[0] if cursors else None,
                end=cursors[-1] if cursors else None,
                has_next=len(page.found) > first > 0,
                has_previous=bool(after or offset),
            ),
        }

    def _request_enrichers(self, info: Any, input: Mapping[str, Any], **given: Any) -> Node:  # noqa: A002  as above
        forwards_only(last=given.get("last"))
        with self.services.store.read() as rows:
            held = requests.find(rows, known_id(input["requestId"], what="request"))
        node, wanted = views.request_enricher(held), given.get("filterBy") or {}
        statuses = wanted.get("statuses")
        nodes = catalogue.holding([node], None, name="id") if statuses is None or node["status"] in statuses else []
        title = str(catalogue.ENRICHER["title"]).lower()
        return _offset_page(nodes if (wanted.get("text") or "").lower() in title else [], given)

    def _request_files(self, info: Any, filterBy: Mapping[str, Any], **given: Any) -> Node:  # noqa: N803  as above
        forwards_only(last=given.get("last"))
        columns = {"ids": file_rows.c.id, "requestId": file_rows.c.request_id, "dataSiloId": file_rows.c.data_silo_id}
        only = [
            columns[name].in_(wanted if isinstance(wanted, list) else [wanted])
            for name, wanted in filterBy.items()
            if wanted is not None
        ]
        first, offset = page_size(given.get("first")), offset_of(given.get("offset"))
        with self.services.store.read() as rows:
            total, found = files.search(rows, only, first=first, offset=offset)
        return {"nodes": [views.request_file(file, origin=info.context.origin) for file in found], "totalCount": total}

    def _bulk_request_files(self, info: Any, filterBy: Mapping[str, Any], **given: Any) -> Node:  # noqa: N803  as above
        forwards_only(last=given.get("last"), before=given.get("before"))
        columns = {"requestIds": file_rows.c.request_id, "dataSiloIds": file_rows.c.data_silo_id}
        only: list[Condition] = [columns[name].in_(wanted) for name, wanted in filterBy.items() if wanted is not None]
        first, after = page_size(given.get("first")), given.get("after")
        if after:
            only.append(file_rows.c.seq > _place(after))
        with self.services.store.read() as rows:
            _, found = files.search(rows, only, first=first + 1)
        shown = found[:first]
        return {
            "nodes": [views.request_file(file, origin=info.context.origin) for file in shown],
            "pageInfo": views.page_info(
                start=_cursor(shown[0].seq) if shown else None,
                end=_cursor(shown[-1].seq) if shown else None,
                has_next=len(found) > first > 0,
                has_previous=bool(after),
            ),
        }

    def _pending_count(self, info: Any, input: Mapping[str, Any], **given: Any) -> Node:  # noqa: A002  as above
        silo_id = known_id(input["dataSiloId"], what="data silo")
        with self.services.store.read() as rows:
            return {"totalCount": 0 if input.get("isResolved") else pending.count(rows, silo_id)}

    def _templates(self, info: Any, **given: Any) -> Node:
        text = (given.get("filterBy") or {}).get("text")
        return _offset_page(catalogue.holding(catalogue.TEMPLATES, text, name="title"), given)

    def _attribute_keys(self, info: Any, **given: Any) -> Node:
        wanted = given.get("filterBy") or {}
        keys = catalogue.holding(catalogue.ATTRIBUTE_KEYS, wanted.get("text"), name="name")
        enabled_on = wanted.get("enabledOn")
        is_wanted = (enabled_on is None or "request" in enabled_on) and wanted.get("enabledOnRequests") is not False
        return _offset_page(keys if is_wanted else [], given)

    def _data_subjects(self, info: Any, **given: Any) -> list[Node]:
        text = (given.get("filterBy") or {}).get("text")
        return catalogue.holding(catalogue.DATA_SUBJECTS, text, name="type")

    def _data_silo(self, info: Any, id: str) -> Node:  # noqa: A002  as above
        with self.services.store.read() as rows:
            return views.data_silo(integrations.find(rows, known_id(id, what="data silo")))

    def _data_silos(self, info: Any, **given: Any) -> Node:
        wanted = given.get("filterBy") or {}
        with self.services.store.read() as rows:
            every = [views.data_silo(each) for each in integrations.every(rows)]
        named = catalogue.holding(every, wanted.get("text"), name="title")
        ids = wanted.get("ids")
        return _offset_page([node for node in named if ids is None or node["id"] in ids], given)


def _in_order(order_by: list[Mapping[str, str]] | None) -> None:
    if [(each["field"], each["direction"]) for each in order_by or []] not in _IN_ORDER:
        raise BadRequest("'orderBy' is not offered but as createdAt ASC, id ASC")


def _offset_page(nodes: list[Node], given: Mapping[str, Any]) -> Node:
    forwards_only(last=given.get("last"))
    start = offset_of(given.get("offset"))
    return {"nodes": nodes[start : start + page_size(given.get("first"))], "totalCount": len(nodes)}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"file {place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        kind, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        if kind == "file" and len(place) < 12:
            return int(place)
    except (binascii.Error, ValueError):
        pass
    raise BadRequest("'after' is no cursor of this list; use the endCursor of the page before")
