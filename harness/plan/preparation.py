"""The steps before the window: rehearse, reach Sombra, pause, list, archive, drain, save the way back."""

from __future__ import annotations

from harness.plan.cli_traps import (
    CANCEL,
    COUNTED,
    EXPORT,
    IN_FLIGHT,
    SAME_REQUESTS,
    archive_traps,
    cancel_trap,
    export_trap,
)
from harness.plan.platforms import Files, Platform
from harness.plan.platforms.platform import HEALTH, env_file, word
from harness.plan.step import Back, Commands, Step, Trap

_ASK = "sombra --data-urlencode"
_SILOS = '{"query": "{ dataSilos(filterBy: {}, first: 100, offset: 0) { nodes { title connectionState } } }"}'
INTEGRATIONS = (
    'curl --fail --silent --show-error --header "authorization: Bearer $TRANSCEND_API_KEY" \\\n'
    "  --header 'content-type: application/json' \\\n"
    f"  --data '{_SILOS}' \\\n"
    '  "$TRANSCEND_API_URL/graphql" | jq .data.dataSilos.nodes >'
)
"""How the integrations stand; a file's name follows."""


def preparation(platform: Platform, files: Files) -> tuple[Step, ...]:
    """In order."""
    return (
        _names(platform),
        _rehearse(platform, files),
        _pause(),
        _list(),
        _archive(),
        _drain(),
        _save(platform),
    )


def _rehearse(platform: Platform, files: Files) -> Step:
    given = f"--before {env_file(files.before, 'before')} --after {env_file(files.after, 'after')}"
    given += f" --rollback {env_file(files.rollback, 'rollback')}" if files.rollback is not None else ""
    documents = "".join(f" --{kind} {word(path)}" for kind, paths in files.documents.items() for path in paths)
    commands = (
        f"sombra-rehearsal doctor {given}{documents} --out doctor.json",
        f"sombra-rehearsal doctor --after {env_file(files.after, 'after')} --live",
        f"sombra-rehearsal rehearse {given} --doctor doctor.json",
        *platform.rendered,
    )
    traps = (Trap("G-09", "`--live` asks as the shell's own identity: sign in as the role Sombra will run as."),)
    back = Back("None is needed: nothing of yours is changed.")
    return Step("rehearse", "before the window", "Rehearse with these very files, and ask the real key",
                ("G-09", "G-12"), commands, traps, back)  # fmt: skip


def _names(platform: Platform) -> Step:
    commands = (
        "umask 077",
        *platform.names,
        'export TRANSCEND_API_URL="${TRANSCEND_API_URL:-https://api.transcend.io}"',
        (
            "printf 'authorization: Bearer %s\\nx-sombra-authorization: Bearer %s\\n' \\\n"
            '  "$TRANSCEND_API_KEY" "$INTERNAL_KEY" > sombra-headers'
        ),
        'sombra() { curl --fail --silent --show-error --header @sombra-headers "$@"; }',
        *platform.reach,
        f'{HEALTH} --output /dev/null "$SOMBRA_URL/health"',
    )
    title = "Name your deployment and reach it; keep TRANSCEND_API_KEY and INTERNAL_KEY exported in this shell"
    back = Back("Close what was opened, and remove the file with the two keys.", (*platform.leave, "rm sombra-headers"))
    return Step("names", "before the window", title, ("G-16",), commands, back=back)


def _list() -> Step:
    commands = (
        (
            "ids() { python3 -c 'import csv, sys; csv.field_size_limit(1 << 30)\n"
            'for row in csv.DictReader(sys.stdin): print(row["Request ID"])\'; }'
        ),
        EXPORT,
        'transcend request export --auth="$TRANSCEND_API_KEY" --skipRequestIdentifiers --file=./all.csv',
        "ids < requests.csv | sort > request-ids.txt",
        "test -s request-ids.txt",
        SAME_REQUESTS,
    )
    traps = (
        export_trap(),
        Trap("D-12", "It lists requests alone; integrations, sessions and identifiers hang on the same keys."),
    )
    back = Back("None is needed; the lists hold personal data, remove them when they are not needed any more.")
    return Step("list", "before the window", "List every request and its identifiers", ("G-21",), commands, traps, back)


def _archive() -> Step:
    back = Back("Keep the archive: it is what can still be read whatever happens.")
    return Step("archive", "before the window", "Archive the files of every request", ("G-16", "G-18"),
                (*_download(), *COUNTED), archive_traps(_download()), back)  # fmt: skip


def _download() -> Commands:
    """Pages of a hundred keys, one file a key; the first failure ends it with an exit code that is not 0."""
    return (
        "(set -euo pipefail",
        "while read -r ID; do",
        '  mkdir -p "archive/$ID"',
        "  OFFSET=0 NUMBER=0 MORE=true",
        '  while "$MORE"; do',
        '    KEYS="archive/$ID/keys-$OFFSET.json"',
        (
            '    sombra --output "$KEYS" \\\n'
            '      "$SOMBRA_URL/v1/data-subject-request/$ID/download-keys?limit=100&offset=$OFFSET"'
        ),
        "    jq --raw-output '.nodes[].downloadKey' \"$KEYS\" > keys",
        "    while read -r KEY; do",
        f'      {_ASK} "downloadKey=$KEY" --get --output "archive/$ID/file-$NUMBER" "$SOMBRA_URL/v1/files"',
        "      NUMBER=$((NUMBER + 1))",
        "    done < keys",
        "    MORE=$(jq '(._links.next != null) and (.nodes | length == 100)' \"$KEYS\")",
        "    OFFSET=$((OFFSET + 100))",
        "  done",
        "done < request-ids.txt)",
    )


def _drain() -> Step:
    commands = (
        CANCEL,
        (
            'transcend request export --auth="$TRANSCEND_API_KEY" --skipRequestIdentifiers \\\n'
            f"  --statuses={','.join(IN_FLIGHT)} \\\n"
            "  --file=./open.csv"
        ),
        "ids < open.csv | wc -l",
    )
    traps = (
        cancel_trap(),
        Trap("D-09", "It needs a template with the title `Request Canceled`, or `--cancellationTitle`; one refused"
             " request ends the command and leaves its batch in doubt: look at open.csv, and run it again."),
        Trap("G-05", "SECONDARY cannot be cancelled: let its deletions finish, or its erasure stops half-way."),
    )  # fmt: skip
    back = Back("None: a cancelled request stays cancelled.")
    title = "Cancel what is still in flight, or leave it paused and restart it after the cutover"
    note = "What the last command counts is lost in flight by the cutover, unless it is restarted."
    return Step("drain", "before the window", title, ("G-05", "G-07"), commands, traps, back, "cancel", note)


def _pause() -> Step:
    traps = (
        Trap("D-11", "Pausing stops neither heartbeats nor token refresh: while Sombra is down they fail, and"
             " integrations may turn to disconnected. Keep how they stand now, to compare afterwards.",
             (f"{INTEGRATIONS} integrations-before.json",)),
    )  # fmt: skip
    title = "Complete what can be completed, then pause processing"
    note = "In the dashboard: Administration Settings, pause for the whole organization. No command does it."
    back = Back("Resume processing in the same place.")
    return Step("pause", "before the window", title, ("G-08",), traps=traps, back=back, note=note)


def _save(platform: Platform) -> Step:
    traps = (Trap("D-02", "The old JWT key is the rollback: these copies are secrets, and must outlive the window."),)
    back = Back("Nothing to undo; destroy the copies after the last point of no return.")
    return Step("save", "before the window", "Save what runs today", ("G-14",), platform.save, traps, back)
