"""What each command of the CLI does on the wire, and with which exit code it ends (clients.md 1, 4, 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

from tests.conformance.wire import codecs, documents
from tests.conformance.wire.client import Client, CommandFailed, SombraSaysNo
from tests.conformance.wire.codecs import Undecodable

ACTIVE: Final = (
    "COMPILING",
    "REQUEST_MADE",
    "DELAYED",
    "APPROVING",
    "SECONDARY",
    "ENRICHING",
    "WAITING",
    "SECONDARY_APPROVING",
)
_ALREADY_MADE: Final = '{\\"message\\":\\"Client error: You have already made this request.\\",'
_RESOLVED: Final = "Cannot update a resolved RequestEnricher"


@dataclass(slots=True)
class Ended:
    """How a command ended: its exit code, what it did, and what it said of what it could not do."""

    exit_code: int = 0
    done: list[Any] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def worked(self) -> int:
        """How many requests, rows or files it really dealt with."""
        return len(self.done)


Command = Callable[..., Ended]


def command(flow: Callable[..., None]) -> Command:
    """A command that exits 1 with what it could not go on from."""

    @wraps(flow)
    def run(client: Client, *given: Any, **named: Any) -> Ended:
        ended = Ended()
        try:
            flow(client, ended, *given, **named)
        except (CommandFailed, Undecodable) as failed:
            ended.exit_code = 1
            ended.said.append(f"Command failed, {failed}")
        return ended

    return run


def _wanted(client: Client, filter_by: Mapping[str, Any], ids: Sequence[str] | None) -> list[dict[str, Any]]:
    """List requests; `--requestIds` is applied here, never sent."""
    found = [node for page in client.requests(filter_by) for node in page]
    return [node for node in found if ids is None or node["id"] in ids]


@command
def download_files(
    client: Client,
    ended: Ended,
    *,
    statuses: Sequence[str] = ("APPROVING", "DOWNLOADABLE"),
    ids: Sequence[str] | None = None,
) -> None:
    """`request download-files`; it drops `--sombraAuth`, so `client.internal_key` stands for a relay that adds it."""
    client.find_sombra()
    for request in _wanted(client, {"type": ["ACCESS"], "status": list(statuses)}, ids):
        try:
            for node in _download_keys(client, request["id"]):
                _download(client, ended, request["id"], node)
        except SombraSaysNo as refusal:
            raise CommandFailed(f"Received an error from server: {refusal}") from refusal


def _download_keys(client: Client, request_id: str) -> Iterable[dict[str, Any]]:
    offset, goes_on = 0, True
    while goes_on:
        path = f"v1/data-subject-request/{request_id}/download-keys"
        page = client.read(codecs.DOWNLOAD_KEYS, "GET", path, query={"limit": 100, "offset": offset})
        yield from page["nodes"]
        offset += 100
        goes_on = bool(page["_links"].get("next")) and len(page["nodes"]) == 100


def _download(client: Client, ended: Ended, request_id: str, node: Mapping[str, Any]) -> None:
    try:
        reply = client.sombra("GET", "v1/files", query={"downloadKey": node["downloadKey"]})
    except SombraSaysNo as refusal:
        if "fileMetadata#verify" not in str(refusal):
            raise
        ended.skipped.append(node["fileName"])
        ended.said.append(f"Failed to pull file for: {node['fileName']} - JWT expired")
        return
    assert reply.headers["content-type"] == node["mimetype"]
    assert int(reply.headers["content-length"]) == len(reply.body) == int(node["size"])
    ended.done.append((request_id, node["fileName"], reply.body))


def _identifiers(client: Client, request_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        asked = {"first": 50, "offset": len(found), "requestId": request_id}
        page = client.patiently(
            "Failed to fetch request identifiers", codecs.IDENTIFIERS, "POST", "v1/request-identifiers", json_body=asked
        )["identifiers"]
        found += page
        if len(page) != 50:
            return found


@command
def export(
    client: Client,
    ended: Ended,
    *,
    ids: Sequence[str] | None = None,
    skip_identifiers: bool = False,
) -> None:
    """`request export`: a failure loses the page and all that follow, and the exit code stays 0.

    `ids` narrow the list as two windows of `createdAt` would.
    """
    if not skip_identifiers:
        client.find_sombra()
        client.check_version()
    narrowed = {} if ids is None else {"ids": list(ids)}
    client.graphql(documents.REQUESTS_COUNT, {"filterBy": narrowed})
    try:
        for page in client.requests(narrowed):
            rows = [(node, [] if skip_identifiers else _identifiers(client, node["id"])) for node in page]
            ended.done += rows
    except (CommandFailed, Undecodable) as failed:
        ended.said += [f"Chunk 0 failed: {failed}", "1 chunk(s) failed. Re-run with a narrower window"]
    ended.said.append(f"Successfully wrote {ended.worked} requests to 1 file(s)")


@command
def upload(client: Client, ended: Ended, rows: Sequence[Mapping[str, Any]]) -> None:
    """`request upload`: one POST a row, a receipt of what failed."""
    client.find_sombra()
    client.graphql(documents.ATTRIBUTE_KEYS, {"first": 20, "offset": 0})
    client.graphql(documents.INITIALIZER)
    client.graphql(documents.DATA_SUBJECTS)
    for row in rows:
        try:
            answer = client.read(codecs.SUBMITTED, "POST", "v1/data-subject-request", json_body=dict(row))
            ended.done.append(answer["request"])
        except SombraSaysNo as refusal:
            error = f"Received an error from server: {refusal}"
            (ended.skipped if _ALREADY_MADE in error else ended.said).append(error)
    ended.exit_code = int(bool(ended.said))


@command
def restart(
    client: Client,
    ended: Ended,
    *,
    actions: Sequence[str],
    statuses: Sequence[str],
    ids: Sequence[str] | None = None,
    copy_identifiers: bool = False,
) -> None:
    """`request restart`: what fails stands in the receipt, and the exit code is 1."""
    client.find_sombra()
    requests = _wanted(client, {"type": list(actions), "status": list(statuses)}, ids)
    if copy_identifiers:
        client.check_version()
    for request in requests:
        try:
            identifiers = _identifiers(client, request["id"]) if copy_identifiers else []
            body = _restart_body(request, identifiers)
            ended.done.append(
                client.read(codecs.SUBMITTED, "POST", "v1/data-subject-request", json_body=body)["request"]
            )
        except (CommandFailed, SombraSaysNo, Undecodable) as failed:
            ended.said.append(str(failed))
    ended.exit_code = int(bool(ended.said))


def _restart_body(request: Mapping[str, Any], identifiers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    extra: dict[str, list[dict[str, Any]]] = {}
    for each in identifiers:
        is_stated = each["name"] == "coreIdentifier" or (each["name"], each["value"]) == ("email", request["email"])
        if is_stated:
            continue
        is_known = each["name"] in codecs.IDENTIFIER_TYPES
        kind = each["name"] if is_known else "custom"
        named = {} if is_known else {"name": each["name"]}
        extra.setdefault(kind, []).append({**named, "value": each["value"]})
    subject = {"coreIdentifier": request["coreIdentifier"], "email": request["email"], "emailIsVerified": True}
    return {
        "type": request["type"],
        "subject": {**subject, "attestedExtraIdentifiers": extra} if extra else subject,
        "requestId": request["id"],
        "subjectType": request["subjectType"],
        "isSilent": request["isSilent"],
        "isTest": request["isTest"],
        "locale": request["locale"],
        "skipWaitingPeriod": False,
        "createdAt": request["createdAt"],
        "details": f'Restarted by Transcend cli: "tr-request-restart" - {request["details"]}',
        "skipSendingReceipt": True,
    }


def _template(client: Client, title: str) -> dict[str, Any]:
    nodes = client.graphql(documents.TEMPLATES, {"title": title, "first": 20, "offset": 0})["templates"]["nodes"]
    found = next((node for node in nodes if node["title"] == title), None)
    if found is None:
        raise CommandFailed(f'Failed to find a template with title: "{title}"')
    return dict(found)


@command
def cancel(
    client: Client,
    ended: Ended,
    *,
    actions: Sequence[str],
    statuses: Sequence[str] = (),
    ids: Sequence[str] | None = None,
    title: str = "Request Canceled",
) -> None:
    """`request cancel`: without `--statuses` it filters by none, finished requests included (clients.md 6.3)."""
    template = _template(client, title)
    filter_by = {"type": list(actions), **({"status": list(statuses)} if statuses else {})}
    for request in _wanted(client, filter_by, ids):
        told = {
            "requestId": request["id"],
            "subject": f"Re: {template['subject']['defaultMessage']}",
            "template": template["template"]["defaultMessage"],
        }
        client.graphql(documents.CANCEL, {"input": told})
        ended.done.append(request["id"])


@command
def approve(client: Client, ended: Ended, *, actions: Sequence[str], ids: Sequence[str] | None = None) -> None:
    """`request approve`: every refusal counts as approved."""
    for request in _wanted(client, {"type": list(actions), "status": ["APPROVING"]}, ids):
        try:
            client.graphql(documents.APPROVE, {"input": {"requestId": request["id"]}})
        except CommandFailed as failed:
            ended.skipped.append(str(failed))
        ended.done.append(request["id"])


@command
def mark_silent(client: Client, ended: Ended, *, actions: Sequence[str], ids: Sequence[str] | None = None) -> None:
    """`request mark-silent`."""
    for request in _wanted(client, {"type": list(actions), "status": list(ACTIVE)}, ids):
        client.graphql(documents.UPDATE, {"input": {"id": request["id"], "isSilent": True}})
        ended.done.append(request["id"])


@command
def notify_additional_time(
    client: Client, ended: Ended, *, created_before: str, ids: Sequence[str] | None = None
) -> None:
    """`request notify-additional-time` for what is overdue in less than ten days."""
    template = _template(client, "Additional Time Needed")
    filter_by = {"createdAtBefore": created_before, "isSilent": False, "isClosed": False, "type": list(codecs.ACTIONS)}
    for request in _wanted(client, filter_by, ids):
        remaining = request["daysRemaining"]
        if not isinstance(remaining, int) or remaining >= 10:
            continue
        told = {
            "requestId": request["id"],
            "template": template["template"]["defaultMessage"],
            "subject": template["subject"]["defaultMessage"],
            "additionalTime": 45,
        }
        client.graphql(documents.NOTIFY, {"input": told})
        ended.done.append(request["id"])


@command
def preflight_pull(client: Client, ended: Ended, *, ids: Sequence[str] | None = None) -> None:
    """`request preflight pull-identifiers`: of every ENRICHING request (clients.md 6.10)."""
    client.find_sombra()
    client.check_version()
    for request in _wanted(client, {"status": ["ENRICHING"]}, ids):
        given = {"first": 50, "offset": 0, "requestId": request["id"]}
        assert client.graphql(documents.REQUEST_ENRICHERS, given)["requestEnrichers"]["nodes"]
        ended.done.append((request["id"], _identifiers(client, request["id"])))


@command
def preflight_push(client: Client, ended: Ended, rows: Sequence[tuple[str, str]], *, enricher_id: str) -> None:
    """`request preflight push-identifiers`: `rows` are request id and found email."""
    client.find_sombra()
    for request_id, email in rows:
        headers = {"x-transcend-request-id": request_id, "x-transcend-enricher-id": enricher_id}
        body = {"enrichedIdentifiers": {"email": [{"value": email.lower()}]}}
        try:
            client.sombra("POST", "v1/enrich-identifiers", json_body=body, headers=headers)
            ended.done.append(request_id)
        except SombraSaysNo as refusal:
            known = _RESOLVED in str(refusal)
            (ended.skipped if known else ended.said).append(f"Failed to enricher identifiers - {refusal}")
    ended.exit_code = int(bool(ended.said))


@command
def cron_pull(client: Client, ended: Ended, *, silo: str, actions: Sequence[str]) -> None:
    """`request cron pull-identifiers`."""
    client.find_sombra()
    client.graphql(documents.REDUCED_COUNT, {"input": {"dataSiloId": silo, "isResolved": False}})
    for action in actions:
        offset = 0
        while True:
            items = client.patiently(
                "Failed to pull identifiers",
                codecs.PENDING,
                "GET",
                f"v1/data-silo/{silo}/pending-requests/{action}",
                query={"offset": offset, "limit": 100},
            )["items"]
            ended.done += items
            offset += 100
            if len(items) != 100:
                break


@command
def cron_mark(client: Client, ended: Ended, items: Sequence[Mapping[str, Any]]) -> None:
    """`request cron mark-identifiers-completed`; a 409 is no error."""
    client.find_sombra()
    for item in items:
        body = {"profiles": [{"profileId": item["identifier"]}]}
        try:
            client.sombra("PUT", "v1/data-silo", json_body=body, headers={"x-transcend-nonce": item["nonce"]})
            ended.done.append(item["requestId"])
        except SombraSaysNo as refusal:
            known = refusal.reply.status == 409
            words = f'Error notifying Transcend for identifier "{item["identifier"]}" - {refusal}'
            (ended.skipped if known else ended.said).append(words)
    ended.exit_code = int(bool(ended.said))


@command
def cron_pull_profiles(client: Client, ended: Ended, *, silo: str, target: str, actions: Sequence[str]) -> None:
    """`request cron pull-profiles`: as cron pull, and the names of the files of another data silo."""
    pulled = cron_pull(client, silo=silo, actions=actions)
    if pulled.exit_code:
        raise CommandFailed("; ".join(pulled.said))
    after: str | None = None
    filter_by = {"requestIds": [item["requestId"] for item in pulled.done], "dataSiloIds": [target]}
    while True:
        given = {"filterBy": filter_by, "first": 100, **({} if after is None else {"after": after})}
        page = client.graphql(documents.BULK_FILES, given)["bulkRequestFiles"]
        ended.done += sorted(page["nodes"], key=lambda node: str(node["remoteId"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return
