"""The traps of the vendor's CLI, each with the command that works in its place (D-09; clients.md, 5 and 6).

The rehearsal makes the calls these speak of, and a check holds the two against each other.
"""

from __future__ import annotations

from harness.plan.step import Commands, Trap

CLAIM = "D-09"
AUTH = '--auth="$TRANSCEND_API_KEY"'
BOTH = f'{AUTH} --sombraAuth="$INTERNAL_KEY"'
CANCELLABLE = ("REQUEST_MADE", "ENRICHING", "ON_HOLD", "WAITING", "COMPILING", "APPROVING", "DELAYED")
"""What may be cancelled: in flight, and no deletion running yet."""
IN_FLIGHT = (*CANCELLABLE, "SECONDARY", "SECONDARY_APPROVING")
WITH_FILES = ("APPROVING", "DOWNLOADABLE", "COMPLETED", "DELAYED")
"""Whose files are worth an archive; the CLI takes the first two unless it is told otherwise."""
ACTIONS = "--actions=ACCESS,ERASURE"
DROPS_AUTH, SKIPS_COMPLETED, COUNTS_SKIPPED = "drops-sombra-auth", "skips-completed", "counts-skipped-as-done"
EXPORT_EXITS_0, CANCELS_FINISHED, COPIES = "export-exits-0", "cancels-finished", "copies-identifiers"

CANCEL = f"transcend request cancel {AUTH} {ACTIONS} --statuses={','.join(CANCELLABLE)}"
EXPORT = f"transcend request export {BOTH} --file=./requests.csv"
RESTART = (
    f"transcend request restart {BOTH} {ACTIONS} --statuses={','.join(IN_FLIGHT)} --requestReceiptFolder=./receipts"
)
SAME_REQUESTS = "ids < all.csv | sort | diff request-ids.txt -"
_RELAY_PORT = 5099
_RELAY = (
    (
        f"printf '%s\\n' 'http://127.0.0.1:{_RELAY_PORT} {{' 'bind 127.0.0.1' 'reverse_proxy {{$UPSTREAM}} {{' \\\n"
        "  'header_up Host {upstream_hostport}' \\\n"
        "  'header_up x-sombra-authorization \"Bearer {$INTERNAL_KEY}\"' '}' '}' > relay.caddyfile"
    ),
    'UPSTREAM="$SOMBRA_URL" caddy run --config relay.caddyfile --adapter caddyfile > relay.log 2>&1 &',
)
_DOWNLOAD = (
    f"SOMBRA_URL=http://127.0.0.1:{_RELAY_PORT} transcend request download-files {AUTH}"
    f" --statuses={','.join(WITH_FILES)} --folderPath=./dsr-files"
)
COUNTED = (
    "EXPECTED=$(jq --slurp 'map(.totalCount) | add' archive/*/keys-0.json)",
    "WRITTEN=$(find archive -name 'file-*' | wc -l)",
    'test "$WRITTEN" -eq "$EXPECTED"',
)
"""Files expected against files written."""


def archive_traps(by_hand: Commands) -> tuple[Trap, ...]:
    """Of `download-files`; `by_hand` are the calls that the archive step makes itself."""
    return (
        Trap(CLAIM, "`download-files` takes `--sombraAuth` and never sends it: a self-hosted Sombra answers 401. Make"
             " the two calls of the API reference with both headers, as above.", by_hand, DROPS_AUTH),
        Trap(CLAIM, "`download-files` leaves out COMPLETED requests unless `--statuses` names them. With a relay on"
             " this machine that adds the header (here Caddy) the CLI works too:", (*_RELAY, _DOWNLOAD),
             SKIPS_COMPLETED),
        Trap(CLAIM, "`download-files` counts a file that it skipped (`fileMetadata#verify`) as downloaded and exits 0:"
             " count the files.", COUNTED, COUNTS_SKIPPED),
    )  # fmt: skip


def export_trap() -> Trap:
    """Of `export`."""
    return Trap(CLAIM, "`export` exits 0 when Sombra refuses or is down, and one refused request costs its page and"
                " all later ones: hold its rows against a list that needs no Sombra.", (SAME_REQUESTS,),
                EXPORT_EXITS_0)  # fmt: skip


def cancel_trap() -> Trap:
    """Of `cancel`."""
    return Trap(CLAIM, "`cancel` without `--statuses` cancels finished requests too: always name them, ON_HOLD among"
                " them.", (CANCEL,), CANCELS_FINISHED)  # fmt: skip


def restart_trap() -> Trap:
    """Of `restart`."""
    return Trap(CLAIM, "`restart --copyIdentifiers` must decrypt what Local wrapped, and fails for every request after"
                " the cutover: leave it out.", (RESTART,), COPIES)  # fmt: skip
