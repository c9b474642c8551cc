"""The traps of the vendor's CLI as the calls it makes, each beside the call that works (D-09; clients.md, 5 and 6).

The CLI lists requests through Transcend's GraphQL; here the stand-in's own list takes that place, with the filters
the CLI would send.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from harness.artifacts import Artifact
from harness.plan.cli_traps import (
    CANCELLABLE,
    CANCELS_FINISHED,
    COPIES,
    COUNTS_SKIPPED,
    DROPS_AUTH,
    EXPORT_EXITS_0,
    SKIPS_COMPLETED,
    WITH_FILES,
)
from harness.plan.platforms import PLATFORMS, Files
from harness.plan.preparation import preparation
from harness.plan.switching import switching
from harness.rehearsal.in_flight import NEXT_STEPS
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call

_BY_DEFAULT = ("APPROVING", "DOWNLOADABLE")
_INTERNAL_KEY = "x-sombra-authorization"
_SKIPPED = b"fileMetadata#verify"
"""What makes the CLI skip a file and count it as done."""
_SAMPLE = 4


def as_bare_cli(call: Call) -> Call:
    """The same call without the internal key."""
    return replace(call, headers={name: value for name, value in call.headers.items() if name != _INTERNAL_KEY})


def try_before_the_cutover(f: Rehearsal) -> None:
    """Everything the CLI is used for before the window."""
    _download(f)
    _export(f)
    _cancel(f)


def try_after_the_cutover(f: Rehearsal) -> None:
    """A restart under AWS, with and without the old identifiers."""
    request = f.ledger.in_status("COMPLETED")[0]
    copied = f.exchange([f.customer.identifiers(request.id)])[0]
    restarted = f.exchange([f.customer.submit(request, restart=True)])[0]
    trapped = not copied.ok and copied.cause == "wrong_provider"
    _told(f, COPIES, trapped=trapped, works=restarted.ok, needs=("request restart",), not_in="--copyIdentifiers")


def read_the_plans(f: Rehearsal) -> None:
    """Every row of every platform's plan that speaks of one of these traps."""
    files = Files()
    for name, made in PLATFORMS.items():
        platform = made(files)
        steps = (*preparation(platform, files), *switching(platform, new_key=""))
        rows = {trap.id: list(trap.instead) for step in steps for trap in step.traps if trap.id}
        f.record("plan-rows", platform=name, rows=rows)


def _told(
    f: Rehearsal, trap: str, *, trapped: bool, works: bool, needs: Iterable[str], not_in: str = "(nothing)"
) -> None:
    """`needs` is what the working call had and the plan's command must have; `not_in` what it must not."""
    f.record("cli-trap", trap=trap, trapped=trapped, works=works, needs=list(needs), not_in=not_in)


def _download(f: Rehearsal) -> None:
    request = f.ledger.in_status("COMPLETED")[0]
    files = {each.handle["fileName"]: each for each in f.ledger.of("file") if each.request == request.name}
    asked = f.customer.download_keys(request.id)
    listing = f.exchange([asked])[0]
    keys = {str(node["fileName"]): str(node["downloadKey"]) for node in listing.json.get("nodes", [])}
    calls = [f.customer.download(key) for key in keys.values()]
    bare = f.exchange([as_bare_cli(asked), *map(as_bare_cli, calls)])
    whole = [_is_whole(files.get(name), reply.body) for name, reply in zip(keys, f.exchange(calls), strict=True)]
    works = bool(whole) and all(whole) and len(whole) == len(files)
    _told(f, DROPS_AUTH, trapped=all(reply.status == 401 for reply in bare), works=works,
          needs=("/download-keys?", "/v1/files", "sombra "))  # fmt: skip
    spoilt = f.exchange([f.customer.download(f"{next(iter(keys.values()), '')}x")])[0]
    _told(f, COUNTS_SKIPPED, trapped=not spoilt.ok and _SKIPPED in spoilt.body,
          works=int(listing.json.get("totalCount", -1)) == len(files) == len(whole),
          needs=("totalCount", "test "))  # fmt: skip
    completed = {each.id for each in f.ledger.in_status("COMPLETED")}
    _told(f, SKIPS_COMPLETED, trapped=not completed & set(_listed(f, _BY_DEFAULT)),
          works=bool(completed) and completed <= set(_listed(f, WITH_FILES)),
          needs=("--statuses=", *WITH_FILES))  # fmt: skip


def _is_whole(file: Artifact | None, content: bytes) -> bool:
    return file is not None and hashlib.sha256(content).hexdigest() == file.digest


def _export(f: Rehearsal) -> None:
    """Sombra refuses, the list goes on: nothing tells the caller but the rows that are missing."""
    requests = list(f.ledger.requests.values())[:_SAMPLE]
    calls = [f.customer.identifiers(each.id) for each in requests]
    refused = f.exchange([as_bare_cli(call) for call in calls])
    listed = {each.id for each in requests} <= set(_listed(f, ()))
    read = f.exchange(calls)
    _told(f, EXPORT_EXITS_0, trapped=listed and not any(reply.ok for reply in refused),
          works=listed and all(reply.ok for reply in read), needs=("diff ",))  # fmt: skip


def _cancel(f: Rehearsal) -> None:
    """By every request that no status was named for, and by those that the plan names; then really cancel these."""
    without, named = _listed(f, ()), _listed(f, CANCELLABLE)
    finished = {status for status in without.values() if status not in NEXT_STEPS}
    replies = f.exchange([f.cloud("POST", f"requests/{each}/cancel", {}) for each in named])
    left = {status for status in _listed(f, CANCELLABLE).values() if status in NEXT_STEPS}
    works = bool(named) and all(reply.ok for reply in replies) and not left and set(named.values()) <= set(NEXT_STEPS)
    _told(f, CANCELS_FINISHED, trapped=bool(finished), works=works, needs=("--statuses=", *CANCELLABLE))


def _listed(f: Rehearsal, statuses: Iterable[str]) -> dict[str, str]:
    """Status by id of the requests that a filter lets through; an empty one lets all."""
    wanted = ",".join(statuses)
    query = f"requests?first=500&status={wanted}" if wanted else "requests?first=500"
    nodes = f.exchange([f.cloud("GET", query)])[0].json.get("nodes", [])
    return {str(node["id"]): str(node["status"]) for node in nodes}


__all__ = ["as_bare_cli", "read_the_plans", "try_after_the_cutover", "try_before_the_cutover"]
