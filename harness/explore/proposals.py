"""Which action a drawn number stands for in this situation; pure, and small where numbers are small.

Actions that must be refused are proposed as readily as those that must succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from harness.explore.action import DENIABLE, SWITCHES, TROUBLES, WRONG_STARTS, Action
from harness.explore.oracle import Oracle
from harness.model import era_of
from harness.rehearsal.seed import IN_FLIGHT, STATUSES

Proposal = Callable[[Oracle, int], Action | None]

MOST_REQUESTS, MOST_CONTEXTS, MOST_OF_AN_ERA, MOST_NONCES, MOST_FILES = 3, 4, 1, 3, 2
MOST_SETS, MOST_DOWNLOADS, MOST_OTHERS, MOST_KEYS = 5, 2, 2, 6
_CUT_OVER_TO: Final = ("x", "x", "x", "y", "x", "signing", "absent")


def names(oracle: Oracle, kind: str, request: str = "") -> list[str]:
    """What was made of one class, of one request or of all, without the class's name."""
    return [
        name.partition("/")[2]
        for name, each in oracle.made.items()
        if each.kind == kind and request in {"", each.request}
    ]


def _one(options: Sequence[str], pick: int) -> str:
    return options[pick % len(options)]


def _new(letter: str, count: int) -> str:
    return f"{letter}{count + 1}"


def _made_now(oracle: Oracle, kind: str) -> int:
    """How many there are of a class that are of the era in which one would be made now."""
    if oracle.live is None:
        return 0
    era = era_of(kind, oracle.live.boot)
    return sum(each.kind == kind and each.era == era for each in oracle.made.values())


def submit(oracle: Oracle, pick: int) -> Action | None:
    """A request more, while there are few of this era."""
    count = len(oracle.requests)
    is_room = count < MOST_REQUESTS and _made_now(oracle, "request") < MOST_OF_AN_ERA and _has_room(oracle)
    return Action("submit", (_new("r", count),)) if is_room else None


def _has_room(oracle: Oracle) -> bool:
    return sum(len(request.contexts) for request in oracle.requests.values()) < MOST_CONTEXTS


def resubmit(oracle: Oracle, pick: int) -> Action | None:
    """A restart of a request whose latest context is of another era."""
    now = None if oracle.live is None else era_of("request", oracle.live.boot)
    options = [name for name, request in oracle.requests.items() if request.contexts[-1] != now]
    return Action("resubmit", (_one(options, pick),)) if options and _has_room(oracle) else None


def webhook(oracle: Oracle, pick: int) -> Action | None:
    """A webhook for a request, those without a nonce first."""
    made = names(oracle, "nonce")
    options = [name for name in oracle.requests if not names(oracle, "nonce", name)] or list(oracle.requests)
    if len(made) >= MOST_NONCES or not options:
        return None
    return Action("webhook", (_new("n", len(made)), _one(options, pick)))


def _attach(verb: str) -> Proposal:
    def attach(oracle: Oracle, pick: int) -> Action | None:
        nonces, files = names(oracle, "nonce"), names(oracle, "file")
        if not nonces:
            return webhook(oracle, pick)
        if len(files) >= MOST_FILES:
            return None
        return Action(verb, (_new("f", len(files)), _one(nonces, pick)))

    return attach


def list_keys(oracle: Oracle, pick: int) -> Action | None:
    """A download key for a file."""
    files, keys = names(oracle, "file"), names(oracle, "download_key")
    if not files:
        return upload(oracle, pick)
    if len(keys) >= MOST_DOWNLOADS:
        return None
    return Action("list", (_new("d", len(keys)), _one(files, pick)))


def download(oracle: Oracle, pick: int) -> Action | None:
    """The use of a download key."""
    keys = names(oracle, "download_key")
    return Action("download", (_one(keys, pick),)) if keys else list_keys(oracle, pick)


def next_step(oracle: Oracle, pick: int) -> Action | None:
    """What a request's status asks for next (claims.md, "The shape of the proof"), or what that needs first."""
    if not oracle.requests:
        return None
    if oracle.is_paused and pick % 3 == 0:
        return Action("unpause")
    name, rest = _likely(oracle, pick)
    status = oracle.requests[name].status
    if status in {"ON_HOLD", "WAITING"}:
        return Action("resume", (name,))
    if status in {"APPROVING", "DELAYED"}:
        return _download_of(oracle, name, rest)
    nonces = names(oracle, "nonce", name)
    if status not in IN_FLIGHT or (not nonces and rest % 2):
        return Action("open", (name,))
    return _use_of(oracle, _one(nonces, rest), status, rest) if nonces else _webhook_for(oracle, name)


def _likely(oracle: Oracle, pick: int) -> tuple[str, int]:
    """A request, three times in four one with a nonce, so that its next step can be tried; the rest of the number."""
    options = [name for name in oracle.requests if names(oracle, "nonce", name)] if pick % 4 else []
    options = options or list(oracle.requests)
    return options[pick // 4 % len(options)], pick // 4 // len(options)


def _use_of(oracle: Oracle, nonce: str, status: str, pick: int) -> Action:
    if status in {"REQUEST_MADE", "ENRICHING"}:
        return _enrich(oracle, nonce)
    return _file_of(oracle, nonce, pick) if status == "COMPILING" else Action("confirm", (nonce,))


def _download_of(oracle: Oracle, request: str, pick: int) -> Action:
    """A download of one of its files, a key for one, or a file to begin with."""
    keys, files = names(oracle, "download_key", request), names(oracle, "file", request)
    if keys:
        return Action("download", (_one(keys, pick),))
    if files:
        return Action("list", (_new("d", len(names(oracle, "download_key"))), _one(files, pick)))
    nonces = names(oracle, "nonce", request)
    return _file_of(oracle, _one(nonces, pick), pick) if nonces else _webhook_for(oracle, request)


def _file_of(oracle: Oracle, nonce: str, pick: int) -> Action:
    count = len(names(oracle, "file"))
    if count >= MOST_FILES:
        return Action("confirm", (nonce,))
    return Action("answer" if pick % 2 else "upload", (_new("f", count), nonce))


def _webhook_for(oracle: Oracle, request: str) -> Action:
    count = len(names(oracle, "nonce"))
    return Action("webhook", (_new("n", count), request)) if count < MOST_NONCES else Action("open", (request,))


def _of_request(verb: str) -> Proposal:
    def step(oracle: Oracle, pick: int) -> Action | None:
        return Action(verb, (_one(list(oracle.requests), pick),)) if oracle.requests else None

    return step


def _enrich(oracle: Oracle, nonce: str) -> Action:
    """New identifiers, while there are few sets of them."""
    return Action("enrich" if len(names(oracle, "identifier")) < MOST_SETS else "confirm", (nonce,))


def enrich(oracle: Oracle, pick: int) -> Action | None:
    """What an enricher found."""
    nonces = names(oracle, "nonce")
    return _enrich(oracle, _one(nonces, pick)) if nonces else webhook(oracle, pick)


def confirm(oracle: Oracle, pick: int) -> Action | None:
    """A data silo has done its part."""
    nonces = names(oracle, "nonce")
    return Action("confirm", (_one(nonces, pick),)) if nonces else webhook(oracle, pick)


def move(oracle: Oracle, pick: int) -> Action | None:
    """Transcend puts a request into a status in which it is in flight, or now and then into any."""
    if not oracle.requests:
        return None
    name, rest = _likely(oracle, pick)
    return Action("move", (name, _one(STATUSES if pick % 8 == 0 else IN_FLIGHT, rest)))


def approve(oracle: Oracle, pick: int) -> Action | None:
    """An approval, of what waits for it if there is such a request."""
    waiting = [name for name, request in oracle.requests.items() if request.status == "APPROVING"]
    options = waiting or list(oracle.requests)
    return Action("approve", (_one(options, pick),)) if options else None


def pause(oracle: Oracle, pick: int) -> Action | None:
    """A pause, or its end."""
    return Action("unpause" if oracle.is_paused else "pause")


def connect(oracle: Oracle, pick: int) -> Action | None:
    """An integration, new or connected again."""
    is_room = len(names(oracle, "integration")) < MOST_OTHERS and not _made_now(oracle, "integration")
    return Action("connect", (f"i{1 + pick % 2}",)) if is_room else None


def login(oracle: Oracle, pick: int) -> Action | None:
    """A session."""
    count = len(names(oracle, "session"))
    audience = "data_subject" if pick % 2 else "employee"
    is_room = count < MOST_OTHERS and not _made_now(oracle, "session")
    return Action("login", (_new("s", count), audience)) if is_room else None


def consent(oracle: Oracle, pick: int) -> Action | None:
    """A consent identifier."""
    count = len(names(oracle, "consent_identifier"))
    is_room = count < MOST_OTHERS and not _made_now(oracle, "consent_identifier")
    return Action("consent", (_new("c", count),)) if is_room else None


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
        return rotate(oracle, pick)
    place = 1 + pick % (len(keys) - 1)
    return _keys((keys[place], *keys[:place], *keys[place + 1 :]))


def drop(oracle: Oracle, pick: int) -> Action | None:
    """A key goes out of the list."""
    keys = oracle.configuration.keys
    if len(keys) < 2:
        return rotate(oracle, pick)
    place = pick % len(keys)
    return _keys((*keys[:place], *keys[place + 1 :]))


def put_back(oracle: Oracle, pick: int) -> Action | None:
    """A dropped key comes back, at the end."""
    keys = oracle.configuration.keys
    dropped = [key for key in oracle.keys if key not in keys]
    return _keys((*keys, _one(dropped, pick))) if dropped else drop(oracle, pick)


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
    """The one that is possible; in place of a start, every fourth time, one that must be refused."""
    if oracle.live is not None:
        return Action("stop")
    return start_wrong(oracle, pick // 4) if pick % 4 == 0 else Action("start")


def restart(oracle: Oracle, pick: int) -> Action | None:
    """A stop and a start with the environment as it is."""
    return Action("start" if oracle.live is None else "restart")


def crash(oracle: Oracle, pick: int) -> Action | None:
    """A gateway dies."""
    return Action("start" if oracle.live is None else "crash")


def cut_over(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way forwards; under AWS, another KMS key, and back to a usable one if this is none."""
    now = oracle.configuration
    if now.provider == "AWS":
        return Action("cut-over", ("x",)) if now.kms_key not in {"x", "y"} or pick % 4 else roll_back(oracle, pick)
    return Action("cut-over", (_one(_CUT_OVER_TO, pick),))


def roll_back(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way back."""
    return Action("roll-back") if oracle.configuration.provider == "AWS" else None


def roll_forward(oracle: Oracle, pick: int) -> Action | None:
    """Forwards again after a rollback, or for the first time."""
    is_possible = oracle.configuration.provider == "local" and oracle.configuration.kms_key is not None
    return Action("roll-forward") if is_possible else cut_over(oracle, pick)


def start_wrong(oracle: Oracle, pick: int) -> Action | None:
    """A start that must be refused, while none lives; a stop that makes it possible otherwise."""
    return Action("start-wrong", (_one(WRONG_STARTS, pick),)) if oracle.live is None else Action("stop")


def _under_aws(proposal: Proposal) -> Proposal:
    """A KMS that nobody asks shows nothing: while the provider is local, rather a way to it, every other time."""

    def propose(oracle: Oracle, pick: int) -> Action | None:
        return proposal(oracle, pick // 2) if oracle.view.uses_kms or pick % 2 else roll_forward(oracle, pick // 2)

    return propose


def permission(oracle: Oracle, pick: int) -> Action | None:
    """An IAM action is taken away."""
    return Action("deny", (_one(DENIABLE, pick),))


def credentials(oracle: Oracle, pick: int) -> Action | None:
    """The credentials are lost."""
    return Action("lose-credentials") if oracle.kms.credentials and not oracle.trouble else heal(oracle, pick)


def trouble(oracle: Oracle, pick: int) -> Action | None:
    """The KMS is in trouble."""
    is_possible = oracle.kms.credentials and not oracle.trouble
    return Action("trouble", (_one(TROUBLES, pick),)) if is_possible else heal(oracle, pick)


def key_state(oracle: Oracle, pick: int) -> Action | None:
    """A KMS key is disabled, scheduled for deletion, or rotated."""
    key = "y" if pick % 8 == 7 else "x"
    state = oracle.kms.states.get(key, "Enabled")
    if state == "Disabled":
        return Action("schedule-deletion", (key,))
    if state == "PendingDeletion":
        return heal(oracle, pick)
    return Action(_one(("disable", "rotate-material", "schedule-deletion"), pick), (key,))


def heal(oracle: Oracle, pick: int) -> Action | None:
    """One of the things that are lost comes back; where nothing is, key material is rotated."""
    options = [Action("allow", (action.removeprefix("kms:"),)) for action in sorted(oracle.kms.denied)]
    if not oracle.kms.credentials:
        options.append(Action("restore-credentials"))
    if oracle.trouble:
        options.append(Action("recover"))
    for key in ("x", "y"):
        state = oracle.kms.states.get(key, "Enabled")
        if state != "Enabled":
            options.append(Action("enable" if state == "Disabled" else "cancel-deletion", (key,)))
    return options[pick % len(options)] if options else key_state(oracle, 1)


upload, answer = _attach("upload"), _attach("answer")
cancel, open_ = _of_request("cancel"), _of_request("open")


def otherwise(oracle: Oracle, pick: int) -> Action:
    """What is always possible, in place of a proposal that is not."""
    if oracle.live is None:
        return Action("start")
    if not oracle.requests:
        return Action("submit", ("r1",))
    return (next_step if pick % 2 else move)(oracle, pick // 2) or Action("knock")


REQUESTS: Final[tuple[Proposal, ...]] = (
    submit, next_step, move, next_step, open_, resubmit, next_step, move, approve, cancel, pause, next_step
)  # fmt: skip
"""A request's life; its next step stands here several times, for it is what the guide speaks of."""

TOKENS: Final[tuple[Proposal, ...]] = (webhook, upload, list_keys, download, enrich, answer, confirm, webhook)
OTHERS: Final[tuple[Proposal, ...]] = (login, consent, connect, borrow, intrude, damage, submit)
CONFIGURATIONS: Final[tuple[Proposal, ...]] = (rotate, restart, reorder, drop, restart, put_back, switch, configure)
LIVES: Final[tuple[Proposal, ...]] = (
    restart, cut_over, roll_back, roll_forward, stop_or_start, roll_back, crash, start_wrong
)  # fmt: skip
KMS: Final[tuple[Proposal, ...]] = tuple(
    map(_under_aws, (heal, permission, heal, credentials, trouble, heal, key_state, heal))
)

__all__ = ["CONFIGURATIONS", "KMS", "LIVES", "OTHERS", "REQUESTS", "TOKENS", "Proposal", "names", "otherwise"]
