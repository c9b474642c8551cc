"""What each command does in each phase, as data: exit code, how much worked, the cause, and what a refusal costs.

The claims say which must work: everything before (G-16), nothing while Sombra is down but what lives in Transcend
alone, the old era refused after the cutover (G-03, G-05, G-06, G-17) and the new one after the rollback (G-24).
The costs are those of the client's own retries (clients.md section 5), in calls and in seconds it would wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.conformance.wire import commands
from tests.conformance.wire.client import Client
from tests.conformance.wire.commands import Ended
from tests.conformance.wire.scene import ENRICHER, FILES, SILO, WANTED, Era, Phase, Scene

Run = Callable[[Client, Scene, Era], Ended]

_EVERY: Final = len(WANTED)
_KEYS, _FILE = "GET v1/data-subject-request/{id}/download-keys", "GET v1/files"
_READ, _SUBMIT = "POST v1/request-identifiers", "POST v1/data-subject-request"
_ENRICH, _PENDING, _MARK = "POST v1/enrich-identifiers", "GET v1/data-silo/{id}/pending-requests", "PUT v1/data-silo"


def upload_row(name: str) -> dict[str, Any]:
    """One row of a CSV as `upload` sends it; `details` carries the whole row."""
    return {
        "type": "ACCESS",
        "subject": {
            "coreIdentifier": name,
            "email": f"{name}@example.com",
            "emailIsVerified": True,
            "attestedExtraIdentifiers": {"phone": [{"value": "+15550100", "name": "phone"}]},
        },
        "subjectType": "customer",
        "isSilent": True,
        "isTest": True,
        "skipSendingReceipt": False,
        "locale": "en",
        "details": f'{{"name": "{name}"}}',
        "attributes": [{"key": "Tags", "values": ["transcend-cli"]}],
        "region": {"country": "US", "countrySubDivision": "US-CA"},
        "createdAt": "2026-01-02T03:04:05.000Z",
        "dataSiloIds": [SILO],
    }


def _ids(scene: Scene, era: Era) -> list[str]:
    return list(scene.ids[era].values())


def _items(scene: Scene, era: Era) -> list[dict[str, str]]:
    """What a cron job pulled in its own era, with the nonces of then."""
    ids = [scene.ids[era]["compiling"], scene.ids[era]["secondary"]]
    return [{"requestId": each, "identifier": "x@example.com", "nonce": scene.nonces[each]} for each in ids]


def _tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


RUNS: Final[Mapping[str, Run]] = {
    "download-files": lambda client, scene, era: commands.download_files(client, ids=_ids(scene, era)),
    "export": lambda client, scene, era: commands.export(client, ids=_ids(scene, era)),
    "export --skipRequestIdentifiers": lambda client, scene, era: commands.export(
        client, ids=_ids(scene, era), skip_identifiers=True
    ),
    "upload": lambda client, scene, era: commands.upload(client, [upload_row("ada"), upload_row("grace")]),
    "restart": lambda client, scene, era: commands.restart(
        client, actions=["ACCESS"], statuses=["COMPILING", "COMPLETED"], ids=_ids(scene, era)
    ),
    "restart --copyIdentifiers": lambda client, scene, era: commands.restart(
        client,
        actions=["ACCESS"],
        statuses=["COMPILING", "COMPLETED"],
        ids=_ids(scene, era),
        copy_identifiers=True,
    ),
    "cancel": lambda client, scene, era: commands.cancel(
        client, actions=["ACCESS"], statuses=["COMPILING", "APPROVING", "ENRICHING"], ids=_ids(scene, era)
    ),
    "approve": lambda client, scene, era: commands.approve(client, actions=["ACCESS"], ids=_ids(scene, era)),
    "mark-silent": lambda client, scene, era: commands.mark_silent(
        client, actions=["ACCESS", "ERASURE"], ids=_ids(scene, era)
    ),
    "notify-additional-time": lambda client, scene, era: commands.notify_additional_time(
        client, created_before=_tomorrow(), ids=_ids(scene, era)
    ),
    "preflight pull": lambda client, scene, era: commands.preflight_pull(client, ids=_ids(scene, era)),
    "preflight push": lambda client, scene, era: commands.preflight_push(
        client, [(scene.ids[era]["enriching"], "Found@Example.com")], enricher_id=ENRICHER
    ),
    "cron pull": lambda client, scene, era: commands.cron_pull(client, silo=SILO, actions=["ACCESS", "ERASURE"]),
    "cron mark": lambda client, scene, era: commands.cron_mark(client, _items(scene, era)),
    "cron pull-profiles": lambda client, scene, era: commands.cron_pull_profiles(
        client, silo=SILO, target=SILO, actions=["ACCESS"]
    ),
}

WRITING: Final = frozenset({"upload", "restart", "restart --copyIdentifiers", "preflight push", "cron mark"})
"""Commands that would change something through Sombra: refused, they must have changed nothing."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How a command ends: what a tired operator sees, and what it cost."""

    exit_code: int
    worked: int
    cause: str | None = None
    calls: Mapping[str, int] = field(default_factory=dict)
    waited_s: float = 0.0


_ALONE: Final[Mapping[str, Expected]] = {
    "export --skipRequestIdentifiers": Expected(0, _EVERY),
    "cancel": Expected(0, 3),
    "approve": Expected(0, 1),
    "mark-silent": Expected(0, 5),
    "notify-additional-time": Expected(0, 1),
}
"""What lives in Transcend's cloud alone and works in every phase."""

_WORKS: Final[Mapping[str, Expected]] = {
    **_ALONE,
    "download-files": Expected(0, 2 * len(FILES), calls={_KEYS: 2, _FILE: 4}),
    "export": Expected(0, _EVERY, calls={_READ: _EVERY}),
    "upload": Expected(0, 2, calls={_SUBMIT: 2}),
    "restart": Expected(0, 2, calls={_SUBMIT: 2}),
    "restart --copyIdentifiers": Expected(0, 2, calls={_READ: 2, _SUBMIT: 2}),
    "preflight pull": Expected(0, 1, calls={_READ: 1}),
    "preflight push": Expected(0, 1, calls={_ENRICH: 1}),
    "cron mark": Expected(0, 2, calls={_MARK: 2}),
}
_CRON_WORKS: Final[Mapping[str, Expected]] = {
    "cron pull": Expected(0, 2, calls={_PENDING: 2}),
    "cron pull-profiles": Expected(0, len(FILES), calls={_PENDING: 1}),
}


def _down(cause: str) -> Mapping[str, Expected]:
    """Nobody answers: reads wait in vain, each write is tried once."""
    return {
        **_ALONE,
        "download-files": Expected(1, 0, cause, {_KEYS: 3}, 3.0),
        "export": Expected(0, 0, cause, {_READ: 6}, 15.5),
        "upload": Expected(1, 0, cause, {_SUBMIT: 2}),
        "restart": Expected(1, 0, cause, {_SUBMIT: 2}),
        "restart --copyIdentifiers": Expected(1, 0, cause, {_READ: 12}, 31.0),
        "preflight pull": Expected(1, 0, cause, {_READ: 6}, 15.5),
        "preflight push": Expected(1, 0, cause, {_ENRICH: 1}),
        "cron pull": Expected(1, 0, cause, {_PENDING: 18}, 33.5),
        "cron mark": Expected(1, 0, cause, {_MARK: 6}, 6.0),
        "cron pull-profiles": Expected(1, 0, cause, {_PENDING: 18}, 33.5),
    }


_FOREIGN: Final = "another KMS provider wrapped this key"
_REFUSED: Final[Mapping[str, Expected]] = {
    **_ALONE,
    # The list of keys is there; the first file ends the run (clients.md 6.7).
    "download-files": Expected(1, 0, _FOREIGN, {_KEYS: 1, _FILE: 3}, 3.0),
    "export": Expected(0, 0, _FOREIGN, {_READ: 6}, 15.5),
    # New work, and a restart without identifiers, need no old key (G-08, clients.md 6.6).
    "upload": Expected(0, 2, calls={_SUBMIT: 2}),
    "restart": Expected(0, 2, calls={_SUBMIT: 2}),
    "restart --copyIdentifiers": Expected(1, 0, _FOREIGN, {_READ: 12}, 31.0),
    "preflight pull": Expected(1, 0, _FOREIGN, {_READ: 6}, 15.5),
    "preflight push": Expected(1, 0, _FOREIGN, {_ENRICH: 1}),
    "cron mark": Expected(1, 0, _FOREIGN, {_MARK: 6}, 6.0),
}
_CRON_REFUSED: Final[Mapping[str, Expected]] = {
    "cron pull": Expected(1, 0, _FOREIGN, {_PENDING: 18}, 33.5),
    "cron pull-profiles": Expected(1, 0, _FOREIGN, {_PENDING: 18}, 33.5),
}

EXPECTED: Final[Mapping[tuple[Phase, Era], Mapping[str, Expected]]] = {
    ("before", "old"): {**_WORKS, **_CRON_WORKS},
    ("refused", "old"): _down("ECONNREFUSED"),
    ("502", "old"): _down("bad gateway"),
    ("503", "old"): _down("service unavailable"),
    # A cron job asks for whatever is pending: one request of the other era refuses the whole page.
    ("after", "old"): {**_REFUSED, **_CRON_REFUSED},
    ("after", "new"): {**_WORKS, **_CRON_REFUSED},
    ("rolled back", "old"): {**_WORKS, **_CRON_REFUSED},
    ("rolled back", "new"): {**_REFUSED, **_CRON_REFUSED},
}

AS_4XX: Final[Mapping[str, Expected]] = {
    "download-files": Expected(1, 0, _FOREIGN, {_KEYS: 1, _FILE: 1}),
    "export": Expected(0, 0, _FOREIGN, {_READ: 1}),
    "restart --copyIdentifiers": Expected(1, 0, _FOREIGN, {_READ: 2}),
    "preflight pull": Expected(1, 0, _FOREIGN, {_READ: 1}),
    "preflight push": Expected(1, 0, _FOREIGN, {_ENRICH: 1}),
    "cron pull": Expected(1, 0, _FOREIGN, {_PENDING: 1}),
    "cron mark": Expected(1, 0, _FOREIGN, {_MARK: 2}),
}
"""The same refusals when Sombra answers them with 400 (`FAKE_SOMBRA_UNWRAP_STATUS=4xx`): one call each, no wait."""
