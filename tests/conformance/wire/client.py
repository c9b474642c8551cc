"""What every command of the CLI shares: finding Sombra, its headers, when it tries again, how it reads an error.

Waits are added up, never slept: they are what a refusal costs an operator (clients.md section 5).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from harness.target import Call, Place, Reply, World
from tests.conformance.wire import documents
from tests.conformance.wire.codecs import Codec, decode

_NOT_TRIED_AGAIN: Final = (
    "Client error",
    "syntax error",
    "got invalid value",
    "GRAPHQL_VALIDATION_FAILED",
    "Failed to decode codec",
    "cannot affect row a second time",
)
_GRAPHQL_TRIES: Final = 5
_GOT_RETRIES: Final = frozenset({408, 413, 429, 500, 502, 503, 504, 521, 522, 524})
_GOT_WAITS: Final = (1.0, 2.0)
_TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRANSIENT_WORDS: Final = ("bad gateway", "service unavailable", "econnreset", "econnrefused", "socket hang up")
_ATTEMPTS: Final = 6
_NAME: Final = re.compile(r"\b(?:query|mutation) (\w+)")


class CommandFailed(Exception):
    """What the CLI prints before it exits 1."""


class SombraSaysNo(Exception):
    """A call to Sombra that did not succeed; status 0 is a refused connection."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        body = reply.body.decode("utf-8", "replace")
        super().__init__(body or ("connect ECONNREFUSED" if reply.status == 0 else ""))

    @property
    def read_well(self) -> str:
        """What the reads that are tried again make of the body (clients.md section 5)."""
        if self.reply.status == 0:
            return "connect ECONNREFUSED"
        document = self.reply.json
        error = document.get("error") if isinstance(document, dict) else None
        if isinstance(error, dict) and isinstance(error.get("message"), str):
            return str(error["message"])
        if isinstance(error, str):
            return error
        return f"HTTP {self.reply.status} {HTTPStatus(self.reply.status).phrase}"


@dataclass(slots=True)
class Spent:
    """What the calls to Sombra of one command cost: how many by route, and how long it would have waited."""

    calls: Counter[str] = field(default_factory=Counter)
    waited_s: float = 0.0


@dataclass(slots=True)
class Client:
    """One run of the CLI against a world; `place` and `prefix` are where `SOMBRA_URL` or customerUrl lead."""

    world: World
    api_key: str = field(repr=False)
    internal_key: str | None = field(default=None, repr=False)
    place: Place = "customer"
    prefix: str = ""
    spent: Spent = field(default_factory=Spent)

    def graphql(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run one document; raise `CommandFailed` with what the CLI prints."""
        found = _NAME.search(document)
        assert found, document
        body = {"query": document, "variables": dict(variables or {}), "operationName": found[1]}
        headers = {
            "authorization": f"Bearer {self.api_key}",
            "content-type": "application/json",
            "accept": "*/*",
        }
        call = Call("POST", "transcend", "/graphql", headers, json.dumps(body).encode())
        said = ""
        for _ in range(_GRAPHQL_TRIES):
            (reply,) = self.world.exchange([call])
            answer = _graphql_answer(reply)
            if isinstance(answer, dict):
                return answer
            said = f"{answer}: {json.dumps({'response': {'status': reply.status}, 'request': body})}"
            if "API key is invalid" in said:
                raise CommandFailed("API key is invalid. Please ensure that the key provided has the proper scope")
            if any(words in said for words in _NOT_TRIED_AGAIN):
                break
        raise CommandFailed(said)

    def find_sombra(self) -> None:
        """Look for the customer ingress as every command does that talks to Sombra (clients.md section 2)."""
        organization = self.graphql(documents.ORGANIZATION)["organization"]
        assert organization["sombras"]
        if not organization["sombra"]["customerUrl"]:
            raise CommandFailed("It looks like the customer ingress URL of your Sombra gateway has not been set up.")

    def check_version(self) -> None:
        """Refuse a Sombra that cannot decrypt identifiers."""
        version = self.graphql(documents.SOMBRA_VERSION)["organization"]["sombra"]["version"]
        if version and tuple(map(int, version.split("."))) < (7, 180, 0):
            raise CommandFailed("Please upgrade Sombra to 7.180.0 or greater to use this command.")

    def requests(self, filter_by: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list of requests."""
        after: str | None = None
        while True:
            given = {"first": 100, "after": after, "filterBy": dict(filter_by)}
            page = self.graphql(documents.REQUESTS, {name: value for name, value in given.items() if value is not None})
            yield page["requests"]["nodes"]
            after = page["requests"]["pageInfo"]["endCursor"]
            if not page["requests"]["pageInfo"]["hasNextPage"]:
                return

    def sombra(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json_body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Make one call as the CLI's HTTP library does: GET and PUT up to three times, POST once."""
        sent = {"authorization": f"Bearer {self.api_key}", "accept": "application/json", **(headers or {})}
        if self.internal_key is not None:
            sent["x-sombra-authorization"] = f"Bearer {self.internal_key}"
        body = b""
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["content-type"] = "application/json"
        target = f"{self.prefix}/{path}{'?' if query else ''}{urlencode(query or {})}"
        for wait in (*(_GOT_WAITS if method in {"GET", "PUT"} else ()), None):
            self.spent.calls[f"{method} {_route(path)}"] += 1
            (reply,) = self.world.exchange([Call(method, self.place, target, sent, body)])
            if wait is None or (reply.status and reply.status not in _GOT_RETRIES):
                break
            self.spent.waited_s += float(reply.headers.get("retry-after", wait))
        if not reply.ok:
            raise SombraSaysNo(reply)
        return reply

    def read(self, codec: Codec, method: str, path: str, **given: Any) -> Any:
        """Make one call and decode its answer strictly."""
        return decode(codec, json.loads(self.sombra(method, path, **given).body))

    def patiently(self, what: str, codec: Codec, method: str, path: str, **given: Any) -> Any:
        """Read with six attempts while the failure looks transient; raise `CommandFailed` in the end."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self.read(codec, method, path, **given)
            except SombraSaysNo as refusal:
                words = refusal.read_well
                is_transient = (
                    refusal.reply.status in _TRANSIENT
                    or refusal.reply.status == 0
                    or any(each in words.lower() for each in _TRANSIENT_WORDS)
                )
                if attempt == _ATTEMPTS or not is_transient:
                    raise CommandFailed(f"{what} failed after {attempt} attempt(s): {words}") from refusal
                self.spent.waited_s += 0.5 * 2 ** (attempt - 1)
        raise AssertionError


def _graphql_answer(reply: Reply) -> dict[str, Any] | str:
    """Return the data of an answer, or what went wrong."""
    kind = reply.headers.get("content-type", "")
    if reply.status == 0:
        return "connect ECONNREFUSED"
    if reply.status != 200 or not kind.startswith("application/json"):
        return f"GraphQL Error (Code: {reply.status})"
    document = reply.json
    if document.get("errors"):
        error = document["errors"][0]
        return f"{error['message']} {json.dumps(error.get('extensions', {}))}"
    data = document["data"]
    assert isinstance(data, dict)
    return data


def _route(path: str) -> str:
    """Return a path without what differs from call to call."""
    plain = re.sub(r"/[^/]+/(download-keys)", r"/{id}/\1", path)
    return re.sub(r"data-silo/[^/]+/pending-requests/\w+", "data-silo/{id}/pending-requests", plain)
