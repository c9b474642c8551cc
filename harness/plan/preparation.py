"""The steps before the window: know what there is, archive it, drain it, pause, save the way back."""

from __future__ import annotations

from harness.plan.platforms import Files, Platform
from harness.plan.platforms.platform import env_file, word
from harness.plan.step import Back, Commands, Step, Trap

_CURL = "curl --fail --silent --show-error --header @sombra-headers"
_AUTH = '--auth="$TRANSCEND_API_KEY"'
BOTH = f'{_AUTH} --sombraAuth="$INTERNAL_KEY"'
ACTIVE = "REQUEST_MADE,ENRICHING,ON_HOLD,WAITING,COMPILING,APPROVING,DELAYED,SECONDARY_APPROVING"


def preparation(platform: Platform, files: Files) -> tuple[Step, ...]:
    """In order."""
    return (_rehearse(files), _names(platform), _pause(), _list(), _archive(), _drain(), _save(platform))


def _rehearse(files: Files) -> Step:
    given = f"--before {env_file(files.before, 'before')} --after {env_file(files.after, 'after')}"
    given += f" --rollback {env_file(files.rollback, 'rollback')}" if files.rollback is not None else ""
    documents = "".join(f" --{kind} {word(path)}" for kind, paths in files.documents.items() for path in paths)
    commands = (
        f"sombra-rehearsal doctor {given}{documents} --out doctor.json",
        f"sombra-rehearsal rehearse {given} --doctor doctor.json",
    )
    return Step("rehearse", "before the window", "Rehearse with these very files", ("G-09", "G-12"), commands)


def _names(platform: Platform) -> Step:
    commands = (
        *platform.names,
        "umask 077",
        (
            "printf 'authorization: Bearer %s\\nx-sombra-authorization: Bearer %s\\n'"
            ' "$TRANSCEND_API_KEY" "$INTERNAL_KEY" > sombra-headers'
        ),
    )
    title = "Name your deployment; keep TRANSCEND_API_KEY and INTERNAL_KEY in the shell"
    return Step("names", "before the window", title, ("G-16",), commands)


def _list() -> Step:
    commands = (
        f"transcend request export {BOTH} --file=./requests.csv",
        'test "$(wc -l < requests.csv)" -gt 1',
    )
    traps = (
        Trap("D-09", "`export` exits 0 when Sombra fails, and one unreadable request costs a page: count the rows."),
        Trap("D-12", "It lists requests alone; integrations and sessions hang on the same keys."),
    )
    return Step("list", "before the window", "List every request and its identifiers", ("G-21",), commands, traps)


def _archive() -> Step:
    traps = (
        Trap("D-09", "`download-files` drops `--sombraAuth`, takes no COMPLETED request by default, and counts a"
                     " skipped file as success: these calls send both headers and stop at the first failure."),
        Trap("D-09", "An answer with more keys than 100 has further pages: repeat with `offset=100`."),
    )  # fmt: skip
    title = "Archive the files; request-ids.txt holds one id of requests.csv a line"
    back = Back("Keep the archive: it is what can still be read whatever happens.")
    return Step("archive", "before the window", title, ("G-16", "G-18"), _download(), traps, back)


def _download() -> Commands:
    return (
        "set -o pipefail",
        "while read -r ID; do",
        '  mkdir -p "archive/$ID"',
        (
            f'  {_CURL} "$SOMBRA_URL/v1/data-subject-request/$ID/download-keys?limit=100&offset=0"'
            ' > "archive/$ID/keys.json" || break'
        ),
        "  jq --exit-status '.totalCount == (.nodes | length)' \"archive/$ID/keys.json\" || break",
        "  jq --raw-output '.nodes[].downloadKey' \"archive/$ID/keys.json\" | while read -r KEY; do",
        '    NUMBER=$(find "archive/$ID" -name "file-*" | wc -l)',
        (
            '    curl --fail --silent --show-error --header @sombra-headers --get --data-urlencode "downloadKey=$KEY"'
            ' --output "archive/$ID/file-$NUMBER" "$SOMBRA_URL/v1/files" || exit 1'
        ),
        "  done || break",
        "done < request-ids.txt",
    )


def _drain() -> Step:
    commands = (
        f"transcend request cancel {_AUTH} --actions=ACCESS,ERASURE --statuses={ACTIVE}",
        f"transcend request export {_AUTH} --skipRequestIdentifiers --statuses={ACTIVE},SECONDARY --file=./open.csv",
        'test "$(wc -l < open.csv)" -le 1',
    )
    traps = (
        Trap("D-09", "`cancel` without `--statuses` takes finished requests too: name them, ON_HOLD among them."),
        Trap("D-09", "It needs a template with the title `Request Canceled`, or `--cancellationTitle`."),
        Trap("G-05", "SECONDARY cannot be cancelled: let its deletions finish, or its erasure stops half-way."),
    )
    back = Back("None: a cancelled request stays cancelled.")
    title = "Cancel what is still in flight, or leave it paused and restart it after the cutover"
    return Step("drain", "before the window", title, ("G-05", "G-07"), commands, traps, back, "cancel")


def _pause() -> Step:
    traps = (
        Trap("D-11", "Pausing stops neither heartbeats nor token refresh: expect their errors while Sombra is down."),
    )
    title = "Complete what can be completed; then pause processing in the dashboard (no command does it)"
    back = Back("Resume processing in the same place.")
    return Step("pause", "before the window", title, ("G-08",), traps=traps, back=back)


def _save(platform: Platform) -> Step:
    traps = (Trap("D-02", "The old JWT key is the rollback: these copies are secrets, and must outlive the window."),)
    back = Back("Nothing to undo; destroy the copies after the last point of no return.")
    return Step("save", "before the window", "Save what runs today", ("G-14",), platform.save, traps, back)
