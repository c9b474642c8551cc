"""Which action a drawn number stands for in this situation; pure, and small where numbers are small.

Actions that must be refused are proposed as readily as those that must succeed.
"""

from __future__ import annotations

from typing import Final

from harness.explore.action import Action
from harness.explore.choice import Proposal, new, one
from harness.explore.oracle import Oracle
from harness.model import era_of
from harness.rehearsal.seed import IN_FLIGHT, STATUSES

MOST_REQUESTS, MOST_CONTEXTS, MOST_OF_AN_ERA, MOST_NONCES, MOST_FILES = 3, 4, 1, 3, 2
MOST_SETS, MOST_DOWNLOADS, MOST_OTHERS = 5, 2, 2


def names(oracle: Oracle, kind: str, request: str = "") -> list[str]:
    """What was made of one class, of one request or of all, without the class's name."""
    return [
        name.partition("/")[2]
        for name, each in oracle.made.items()
        if each.kind == kind and request in {"", each.request}
    ]


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
    return Action("submit", (new("r", count),)) if is_room else None


def _has_room(oracle: Oracle) -> bool:
    return sum(len(request.contexts) for request in oracle.requests.values()) < MOST_CONTEXTS


def resubmit(oracle: Oracle, pick: int) -> Action | None:
    """A restart of a request whose latest context is of another era."""
    now = None if oracle.live is None else era_of("request", oracle.live.boot)
    options = [name for name, request in oracle.requests.items() if request.contexts[-1] != now]
    return Action("resubmit", (one(options, pick),)) if options and _has_room(oracle) else None


def webhook(oracle: Oracle, pick: int) -> Action | None:
    """A webhook for a request, those without a nonce first."""
    made = names(oracle, "nonce")
    options = [name for name in oracle.requests if not names(oracle, "nonce", name)] or list(oracle.requests)
    if len(made) >= MOST_NONCES or not options:
        return None
    return Action("webhook", (new("n", len(made)), one(options, pick)))


def _attach(verb: str) -> Proposal:
    def attach(oracle: Oracle, pick: int) -> Action | None:
        nonces, files = names(oracle, "nonce"), names(oracle, "file")
        if not nonces:
            return webhook(oracle, pick)
        if len(files) >= MOST_FILES:
            return None
        return Action(verb, (new("f", len(files)), one(nonces, pick)))

    return attach


def list_keys(oracle: Oracle, pick: int) -> Action | None:
    """A download key for a file."""
    files, keys = names(oracle, "file"), names(oracle, "download_key")
    if not files:
        return upload(oracle, pick)
    if len(keys) >= MOST_DOWNLOADS:
        return None
    return Action("list", (new("d", len(keys)), one(files, pick)))


def download(oracle: Oracle, pick: int) -> Action | None:
    """The use of a download key."""
    keys = names(oracle, "download_key")
    return Action("download", (one(keys, pick),)) if keys else list_keys(oracle, pick)


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
    return _use_of(oracle, one(nonces, rest), status, rest) if nonces else _webhook_for(oracle, name)


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
        return Action("download", (one(keys, pick),))
    if files:
        return Action("list", (new("d", len(names(oracle, "download_key"))), one(files, pick)))
    nonces = names(oracle, "nonce", request)
    return _file_of(oracle, one(nonces, pick), pick) if nonces else _webhook_for(oracle, request)


def _file_of(oracle: Oracle, nonce: str, pick: int) -> Action:
    count = len(names(oracle, "file"))
    if count >= MOST_FILES:
        return Action("confirm", (nonce,))
    return Action("answer" if pick % 2 else "upload", (new("f", count), nonce))


def _webhook_for(oracle: Oracle, request: str) -> Action:
    count = len(names(oracle, "nonce"))
    return Action("webhook", (new("n", count), request)) if count < MOST_NONCES else Action("open", (request,))


def _of_request(verb: str) -> Proposal:
    def step(oracle: Oracle, pick: int) -> Action | None:
        return Action(verb, (one(list(oracle.requests), pick),)) if oracle.requests else None

    return step


def _enrich(oracle: Oracle, nonce: str) -> Action:
    """New identifiers, while there are few sets of them."""
    return Action("enrich" if len(names(oracle, "identifier")) < MOST_SETS else "confirm", (nonce,))


def enrich(oracle: Oracle, pick: int) -> Action | None:
    """What an enricher found."""
    nonces = names(oracle, "nonce")
    return _enrich(oracle, one(nonces, pick)) if nonces else webhook(oracle, pick)


def confirm(oracle: Oracle, pick: int) -> Action | None:
    """A data silo has done its part."""
    nonces = names(oracle, "nonce")
    return Action("confirm", (one(nonces, pick),)) if nonces else webhook(oracle, pick)


def move(oracle: Oracle, pick: int) -> Action | None:
    """Transcend puts a request into a status in which it is in flight, or now and then into any."""
    if not oracle.requests:
        return None
    name, rest = _likely(oracle, pick)
    return Action("move", (name, one(STATUSES if pick % 8 == 0 else IN_FLIGHT, rest)))


def approve(oracle: Oracle, pick: int) -> Action | None:
    """An approval of what waits for it; where nothing does, as often of another as what leads to one that does."""
    waiting = [name for name, request in oracle.requests.items() if request.status == "APPROVING"]
    options = waiting or list(oracle.requests)
    if not options:
        return None
    name = one(options, pick // 2)
    return Action("approve", (name,)) if waiting or pick % 2 else Action("move", (name, "APPROVING"))


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
    return Action("login", (new("s", count), audience)) if is_room else None


def consent(oracle: Oracle, pick: int) -> Action | None:
    """A consent identifier."""
    count = len(names(oracle, "consent_identifier"))
    is_room = count < MOST_OTHERS and not _made_now(oracle, "consent_identifier")
    return Action("consent", (new("c", count),)) if is_room else None


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
    return Action("damage", (one(whole, pick),)) if whole else None


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
    submit, next_step, move, next_step, open_, resubmit, next_step, move, approve, cancel, pause, next_step,
    resubmit
)  # fmt: skip
"""A request's life; its next step stands here several times, for it is what the guide speaks of."""

TOKENS: Final[tuple[Proposal, ...]] = (webhook, upload, list_keys, download, enrich, answer, confirm, webhook)
OTHERS: Final[tuple[Proposal, ...]] = (login, consent, connect, borrow, intrude, damage, submit)
__all__ = ["OTHERS", "REQUESTS", "TOKENS", "Proposal", "names", "otherwise"]
