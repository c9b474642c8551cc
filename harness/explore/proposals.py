"""Which action a drawn number stands for in this situation; pure, and small where numbers are small.

Actions that must be refused are proposed as readily as those that must succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from harness.explore.action import DENIABLE, SWITCHES, TROUBLES, WRONG_STARTS, Action
from harness.explore.oracle import Oracle
from harness.rehearsal.seed import STATUSES

Proposal = Callable[[Oracle, int], Action | None]

MOST_REQUESTS, MOST_CONTEXTS, MOST_NONCES, MOST_FILES = 3, 2, 3, 4
MOST_DOWNLOADS, MOST_OTHERS, MOST_KEYS = 2, 2, 6
_CUT_OVER_TO: Final = ("x", "x", "x", "y", "x", "signing", "absent")


def names(oracle: Oracle, kind: str) -> list[str]:
    """What was made of one class, without the class's name."""
    prefix = f"{kind}/"
    return [name.removeprefix(prefix) for name in oracle.made if name.startswith(prefix)]


def _one(options: Sequence[str], pick: int) -> str:
    return options[pick % len(options)]


def _new(letter: str, count: int) -> str:
    return f"{letter}{count + 1}"


def submit(oracle: Oracle, pick: int) -> Action | None:
    """A request more, while there are few."""
    count = len(oracle.requests)
    return Action("submit", (_new("r", count),)) if count < MOST_REQUESTS else None


def resubmit(oracle: Oracle, pick: int) -> Action | None:
    """A restart of a request that was not often restarted."""
    options = [name for name, request in oracle.requests.items() if len(request.contexts) < MOST_CONTEXTS]
    return Action("resubmit", (_one(options, pick),)) if options else None


def webhook(oracle: Oracle, pick: int) -> Action | None:
    """A webhook for a request, those without a nonce first."""
    made = [each.request for each in oracle.made.values() if each.kind == "nonce"]
    options = [name for name in oracle.requests if name not in made] or list(oracle.requests)
    if len(made) >= MOST_NONCES or not options:
        return None
    return Action("webhook", (_new("n", len(made)), _one(options, pick)))


def _attach(verb: str) -> Proposal:
    def attach(oracle: Oracle, pick: int) -> Action | None:
        nonces, files = names(oracle, "nonce"), names(oracle, "file")
        if not nonces or len(files) >= MOST_FILES:
            return None
        return Action(verb, (_new("f", len(files)), _one(nonces, pick)))

    return attach


def list_keys(oracle: Oracle, pick: int) -> Action | None:
    """A download key for a file."""
    files, keys = names(oracle, "file"), names(oracle, "download_key")
    if not files or len(keys) >= MOST_DOWNLOADS:
        return None
    return Action("list", (_new("d", len(keys)), _one(files, pick)))


def download(oracle: Oracle, pick: int) -> Action | None:
    """The use of a download key."""
    keys = names(oracle, "download_key")
    return Action("download", (_one(keys, pick),)) if keys else None


def _of(oracle: Oracle, request: str, kind: str) -> list[str]:
    return [name for name in names(oracle, kind) if oracle.made[f"{kind}/{name}"].request == request]


def next_step(oracle: Oracle, pick: int) -> Action | None:
    """What a request's status asks for next (claims.md, "The shape of the proof"), or a look at it."""
    if not oracle.requests:
        return None
    name = _one(list(oracle.requests), pick)
    status = oracle.requests[name].status
    nonces = _of(oracle, name, "nonce")
    downloads = _of(oracle, name, "download_key")
    if status in {"REQUEST_MADE", "ENRICHING"} and nonces:
        return Action("enrich", (_one(nonces, pick),))
    if status in {"ON_HOLD", "WAITING"}:
        return Action("resume", (name,))
    if status == "COMPILING" and nonces:
        return _attach("answer" if pick % 2 else "upload")(oracle, pick) or Action("confirm", (_one(nonces, pick),))
    if status in {"APPROVING", "DELAYED"} and downloads:
        return Action("download", (_one(downloads, pick),))
    if status.startswith("SECONDARY") and nonces:
        return Action("confirm", (_one(nonces, pick),))
    return Action("open", (name,))


def _of_request(verb: str) -> Proposal:
    def step(oracle: Oracle, pick: int) -> Action | None:
        return Action(verb, (_one(list(oracle.requests), pick),)) if oracle.requests else None

    return step


def _of_nonce(verb: str) -> Proposal:
    def step(oracle: Oracle, pick: int) -> Action | None:
        nonces = names(oracle, "nonce")
        return Action(verb, (_one(nonces, pick),)) if nonces else None

    return step


def move(oracle: Oracle, pick: int) -> Action | None:
    """Transcend puts a request into a status."""
    if not oracle.requests:
        return None
    name = _one(list(oracle.requests), pick // len(STATUSES))
    return Action("move", (name, _one(STATUSES, pick)))


def pause(oracle: Oracle, pick: int) -> Action | None:
    """A pause, or its end."""
    return Action("unpause" if oracle.is_paused else "pause")


def connect(oracle: Oracle, pick: int) -> Action | None:
    """An integration, new or connected again."""
    count = len(names(oracle, "integration"))
    return Action("connect", (f"i{1 + pick % 2}",)) if count < MOST_OTHERS else None


def login(oracle: Oracle, pick: int) -> Action | None:
    """A session."""
    count = len(names(oracle, "session"))
    audience = "data_subject" if pick % 2 else "employee"
    return Action("login", (_new("s", count), audience)) if count < MOST_OTHERS else None


def consent(oracle: Oracle, pick: int) -> Action | None:
    """A consent identifier."""
    count = len(names(oracle, "consent_identifier"))
    return Action("consent", (_new("c", count),)) if count < MOST_OTHERS else None


def borrow(oracle: Oracle, pick: int) -> Action | None:
    """One request's context offered for another."""
    requests = list(oracle.requests)
    if len(requests) < 2:
        return None
    lender = requests[pick % len(requests)]
    return Action("borrow", (requests[(pick + 1) % len(requests)], lender))


def intrude(oracle: Oracle, pick: int) -> Action | None:
    """A call without the internal key, or for nobody's request."""
    return Action("knock" if pick % 2 else "ask-nobody")


def damage(oracle: Oracle, pick: int) -> Action | None:
    """Storage that damages a file."""
    whole = [name for name in names(oracle, "file") if not oracle.made[f"file/{name}"].is_damaged]
    return Action("damage", (_one(whole, pick),)) if whole else None


def rotate(oracle: Oracle, pick: int) -> Action | None:
    """A new signing key goes first (G-10)."""
    if len(oracle.keys) >= MOST_KEYS:
        return None
    return _keys((_new("k", len(oracle.keys)), *oracle.configuration.keys))


def reorder(oracle: Oracle, pick: int) -> Action | None:
    """A later key goes first."""
    keys = oracle.configuration.keys
    if len(keys) < 2:
        return None
    place = 1 + pick % (len(keys) - 1)
    return _keys((keys[place], *keys[:place], *keys[place + 1 :]))


def drop(oracle: Oracle, pick: int) -> Action | None:
    """A key goes out of the list."""
    keys = oracle.configuration.keys
    if len(keys) < 2:
        return None
    place = pick % len(keys)
    return _keys((*keys[:place], *keys[place + 1 :]))


def put_back(oracle: Oracle, pick: int) -> Action | None:
    """A dropped key comes back, at the end."""
    keys = oracle.configuration.keys
    dropped = [key for key in oracle.keys if key not in keys]
    return _keys((*keys, _one(dropped, pick))) if dropped else None


def _keys(keys: Sequence[str]) -> Action:
    return Action("keys", (",".join(keys),))


def switch(oracle: Oracle, pick: int) -> Action | None:
    """A part of the environment is turned on or off."""
    name = _one(SWITCHES, pick)
    return Action("switch", (name, "off" if name in oracle.configuration.switches else "on"))


def configure(oracle: Oracle, pick: int) -> Action | None:
    """The provider or the KMS key in the environment changes, and nothing else yet."""
    if pick % 2:
        return Action("kms-key", (_one(_CUT_OVER_TO, pick // 2),))
    return Action("provider", ("local" if oracle.configuration.provider == "AWS" else "AWS",))


def stop_or_start(oracle: Oracle, pick: int) -> Action | None:
    """The one that is possible."""
    return Action("start" if oracle.live is None else "stop")


def restart(oracle: Oracle, pick: int) -> Action | None:
    """A stop and a start with the environment as it is."""
    return Action("start" if oracle.live is None else "restart")


def crash(oracle: Oracle, pick: int) -> Action | None:
    """A gateway dies."""
    return Action("start" if oracle.live is None else "crash")


def cut_over(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way forwards."""
    return Action("cut-over", (_one(_CUT_OVER_TO, pick),)) if oracle.configuration.provider == "local" else None


def roll_back(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way back."""
    return Action("roll-back") if oracle.configuration.provider == "AWS" else None


def roll_forward(oracle: Oracle, pick: int) -> Action | None:
    """Forwards again after a rollback."""
    is_possible = oracle.configuration.provider == "local" and oracle.configuration.kms_key is not None
    return Action("roll-forward") if is_possible else None


def start_wrong(oracle: Oracle, pick: int) -> Action | None:
    """A start that must be refused, while none lives; a stop that makes it possible otherwise."""
    return Action("start-wrong", (_one(WRONG_STARTS, pick),)) if oracle.live is None else None


def permission(oracle: Oracle, pick: int) -> Action | None:
    """An IAM action is taken away, or given back."""
    action = _one(DENIABLE, pick)
    return Action("allow" if f"kms:{action}" in oracle.kms.denied else "deny", (action,))


def credentials(oracle: Oracle, pick: int) -> Action | None:
    """The credentials are lost, or restored."""
    if oracle.trouble:
        return Action("recover")
    return Action("lose-credentials" if oracle.kms.credentials else "restore-credentials")


def trouble(oracle: Oracle, pick: int) -> Action | None:
    """The KMS is in trouble, or recovers."""
    if not oracle.kms.credentials:
        return Action("restore-credentials")
    return Action("recover") if oracle.trouble else Action("trouble", (_one(TROUBLES, pick),))


def key_state(oracle: Oracle, pick: int) -> Action | None:
    """A KMS key is disabled, enabled, scheduled for deletion, saved from it, or rotated."""
    key = "y" if pick % 4 == 3 else "x"
    state = oracle.kms.states.get(key, "Enabled")
    if state == "PendingDeletion":
        return Action("cancel-deletion", (key,))
    if state == "Disabled":
        return Action("enable" if pick % 3 else "schedule-deletion", (key,))
    return Action(_one(("disable", "schedule-deletion", "rotate-material"), pick), (key,))


upload, answer = _attach("upload"), _attach("answer")
approve, cancel, open_ = _of_request("approve"), _of_request("cancel"), _of_request("open")
enrich, confirm = _of_nonce("enrich"), _of_nonce("confirm")


def otherwise(oracle: Oracle, pick: int) -> Action:
    """What is always possible, in place of a proposal that is not."""
    if oracle.live is None:
        return Action("start")
    return submit(oracle, pick) or (next_step if pick % 4 == 0 else move)(oracle, pick // 4) or Action("knock")


REQUESTS: Final[tuple[Proposal, ...]] = (
    submit,
    next_step,
    move,
    webhook,
    upload,
    next_step,
    enrich,
    list_keys,
    answer,
    open_,
    resubmit,
    download,
    confirm,
    next_step,
    move,
    approve,
    cancel,
    pause,
)
"""A request's life; its next step stands here three times, for it is what the guide speaks of."""

OTHERS: Final[tuple[Proposal, ...]] = (login, consent, connect, borrow, intrude, damage)
CONFIGURATIONS: Final[tuple[Proposal, ...]] = (rotate, reorder, drop, put_back, rotate, switch, configure)
LIVES: Final[tuple[Proposal, ...]] = (restart, cut_over, roll_back, roll_forward, stop_or_start, crash, start_wrong)
KMS: Final[tuple[Proposal, ...]] = (permission, credentials, trouble, key_state)

__all__ = ["CONFIGURATIONS", "KMS", "LIVES", "OTHERS", "REQUESTS", "Proposal", "names", "otherwise"]
