"""Wrong tidiness: what is thrown away or hidden because it does not open just now."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, select, update

from fake_sombra.transcend import files as served
from fake_sombra.transcend import requests as held
from fake_sombra.transcend.calls import as_json
from fake_sombra.transcend.ingress import Said
from fake_sombra.transcend.operator_side import OperatorSide
from fake_sombra.transcend.tables import files, identifier_sets, requests
from harness.mutants.mutant import Patches, mutant
from harness.targets.inprocess import InProcessWorld


def _when_expired(patches: Patches, tidy: Any) -> None:
    """What happens to a request once `open-context` says that its context does not open."""

    def around(original: Any) -> Any:
        def judge(rows: Any, request_id: str, *, context_id: str, is_expired: bool) -> None:
            original(rows, request_id, context_id=context_id, is_expired=is_expired)
            if is_expired:
                tidy(rows, request_id)

        return judge

    patches.wrap(held, "judge", around)


@mutant("unreadable-files-deleted", breaks="G-23", killed_by="rollback-restores rollback-from-every-step")
def unreadable_files_deleted(patches: Patches) -> None:
    """Files whose context does not open any more are deleted, and a rollback finds nothing."""
    _when_expired(patches, lambda rows, request: rows.execute(delete(files).where(files.c.request_id == request)))


@mutant("unreadable-identifiers-deleted", breaks="G-23", killed_by="rollback-restores")
def unreadable_identifiers_deleted(patches: Patches) -> None:
    """Identifiers whose context does not open any more are deleted."""
    _when_expired(
        patches,
        lambda rows, request: rows.execute(delete(identifier_sets).where(identifier_sets.c.request_id == request)),
    )


@mutant("unreadable-requests-cancelled", breaks="G-21", killed_by="list-unchanged")
def unreadable_requests_cancelled(patches: Patches) -> None:
    """A request whose context does not open is cancelled by itself."""
    _when_expired(
        patches,
        lambda rows, request: rows.execute(update(requests).where(requests.c.id == request).values(status="CANCELED")),
    )


@mutant("unreadable-requests-hidden", breaks="G-21", killed_by="list-unchanged")
def unreadable_requests_hidden(patches: Patches) -> None:
    """The list shows only requests that can be opened."""

    def around(original: Any) -> Any:
        def page(rows: Any, **given: Any) -> held.Page:
            found: held.Page = original(rows, **given)
            shown = [each for each in found.found if not each.is_expired]
            return held.Page(len(shown), shown, found.cursor)

        return page

    patches.wrap(held, "page", around)


@mutant("never-marked-unreadable", breaks="G-21", killed_by="list-unchanged")
def never_marked_unreadable(patches: Patches) -> None:
    """That a context did not open is forgotten at once: nothing in the list says so."""
    patches.replace(Said, "is_expired", None)


@mutant("archive-purges-what-it-read", breaks="G-23", killed_by="rollback-restores")
def archive_purges_what_it_read(patches: Patches) -> None:
    """A file that was downloaded counts as delivered and is deleted before the rollback."""
    read: set[str] = set()

    def listing(original: Any) -> Any:
        def list_requests(self: OperatorSide, call: Any) -> Any:
            with self.store.write() as rows:
                blobs = [row.id for row in rows.execute(select(files.c.id)) if row.id in read]
                rows.execute(delete(files).where(files.c.id.in_(blobs)))
            return original(self, call)

        return list_requests

    def remember(original: Any) -> Any:
        def find(rows: Any, file_id: str) -> Any:
            read.add(file_id)
            return original(rows, file_id)

        return find

    patches.wrap(served, "find", remember)
    patches.wrap(OperatorSide, "_list", listing)


@mutant("marked-by-its-era", breaks="G-21", killed_by="list-unchanged")
def marked_by_its_era(patches: Patches) -> None:
    """While AWS is the provider every request counts as unreadable, before anybody has tried it."""
    provider: dict[int, str] = {}

    def booting(original: Any) -> Any:
        def start(self: InProcessWorld, environ: Any, *, instance: str) -> Any:
            provider[id(self.store)] = environ.get("KMS_PROVIDER", "local")
            return original(self, environ, instance=instance)

        return start

    def listing(original: Any) -> Any:
        def list_requests(self: OperatorSide, call: Any) -> Any:
            reply = original(self, call)
            listed = json.loads(reply.body)
            if provider.get(id(self.store)) == "AWS":
                listed["nodes"] = [{**node, "isContextExpired": True} for node in listed["nodes"]]
            return as_json(listed)

        return list_requests

    patches.wrap(InProcessWorld, "start", booting)
    patches.wrap(OperatorSide, "_list", listing)
