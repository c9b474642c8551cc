"""What a log must never say: keys, credentials, data subjects, content; looked for in every line of a gateway."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping

from harness.artifacts import Ledger
from harness.environment import is_shown
from harness.target import Secrets

_SHORTEST = 16
"""Shorter values are numbers and switches; they would be found in any text."""
_BLOCK = 24


def secrets_said(
    lines: Iterable[Mapping[str, object]],
    *,
    environments: Iterable[Mapping[str, str]],
    secrets: Secrets,
    ledger: Ledger,
) -> list[str]:
    """The names of what stands in the lines and must not; never what was found."""
    text = "\n".join(json.dumps(line, ensure_ascii=False, default=str) for line in lines)
    wanted = (*_of_environments(environments), *_of_harness(secrets), *_of_ledger(ledger))
    return sorted({name for name, value in wanted if value in text})


def _of_environments(environments: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for variables in environments:
        for name, value in variables.items():
            if not is_shown(name):
                yield from ((name, item) for item in value.split(",") if len(item) >= _SHORTEST)


def _of_harness(secrets: Secrets) -> Iterator[tuple[str, str]]:
    yield "the API key", secrets.api_key
    yield "the internal key", secrets.internal_key
    yield "the ingress secret", secrets.ingress_secret


def _of_ledger(ledger: Ledger) -> Iterator[tuple[str, str]]:
    for request in ledger.requests.values():
        yield "an identifier of a data subject", request.email
    for artifact in ledger:
        if token := artifact.handle.get("token"):
            yield f"a {artifact.kind} token", token
        if artifact.plaintext:
            block = artifact.plaintext[:_BLOCK]
            yield "the content of a file", block.hex()
            yield "the content of a file", b64encode(block).decode()
