"""Which goals a run has reached: noted as actions end and as the fate of an artifact changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from harness.explore.action import Action
from harness.explore.goals import CAUSES, Goal, goals
from harness.explore.oracle import Oracle
from harness.explore.situation import OLD, Configuration, Made
from harness.model import LOADED, WRAPPED, Era
from harness.rehearsal.seed import IN_FLIGHT

_MAKING: Final = frozenset({"submit", "resubmit", "connect"})
_STARTING: Final = frozenset({"start", "restart", "cut-over", "roll-back", "roll-forward"})
_LIVES: Final = _STARTING | {"stop", "crash", "start-wrong"}
_STEPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "enrich": ("REQUEST_MADE", "ENRICHING"),
        "resume": ("ON_HOLD", "WAITING"),
        "upload": ("COMPILING",),
        "answer": ("COMPILING",),
        "download": ("APPROVING", "DELAYED"),
        "confirm": ("SECONDARY", "SECONDARY_APPROVING"),
    }
)
_HEALED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "allow": "Decrypt allowed",
        "restore-credentials": "credentials restored",
        "enable": "key enabled",
        "recover": "KMS recovered",
    }
)
_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Disabled": "key disabled",
        "PendingDeletion": "key pending deletion",
        "Missing": "key absent",
        "WrongUsage": "key of another use",
    }
)
_DECLARED: Final = frozenset(goals())
_CAUSES: Final = frozenset(CAUSES)


@dataclass(slots=True)
class Coverage:
    """How often each goal was reached, over all walks of a run."""

    reached: Counter[Goal] = field(default_factory=Counter)
    _walk: _Story = field(init=False)

    def __post_init__(self) -> None:
        self._walk = _Story()

    def begin(self) -> None:
        """Another walk begins."""
        self._walk = _Story()

    @property
    def missing(self) -> list[Goal]:
        """Goals that were not reached, in the declared order."""
        return [goal for goal in goals() if goal not in self.reached]

    def acted(self, oracle: Oracle, action: Action, cause: str) -> None:
        """An action has ended as it must; the oracle still stands before it."""
        for goal in _of_action(oracle, action, cause, self._walk):
            self._note(goal)
        self._walk.told(oracle, action, cause)

    def saw(self, oracle: Oracle, name: str, word: str) -> None:
        """An artifact was seen, and not as the last time; the oracle agrees."""
        for goal in _of_sight(oracle, oracle.made[name], word, self._walk, name):
            self._note(goal)

    def _note(self, goal: Goal) -> None:
        if goal in _DECLARED:
            self.reached[goal] += 1


@dataclass(slots=True)
class _Story:
    """What of a walk's past decides which goal its next action reaches."""

    last: str = ""
    ending: str = ""
    rollbacks: int = 0
    worked: bool = False
    was_rotated: bool = False
    refused: set[str] = field(default_factory=set)

    def told(self, oracle: Oracle, action: Action, cause: str) -> None:
        self.last = action.verb
        if action.verb in _LIVES:
            self.ending = "refused" if cause else action.verb
            self.worked = False
        if action.verb == "roll-back":
            self.rollbacks += 1
        if action.verb == "rotate-material":
            self.was_rotated = True
        if action.verb in _MAKING and not cause:
            self.worked = True


def _of_action(oracle: Oracle, action: Action, cause: str, story: _Story) -> Iterator[Goal]:
    if cause in _CAUSES:
        yield "cause", cause
    if action.verb in _STEPS:
        yield from _of_step(oracle, action, cause)
    if oracle.is_paused:
        yield "paused", action.verb, "refused" if cause else "done"
    if action.verb == "open" and not cause and oracle.view.uses_kms and story.was_rotated:
        yield "opens again", "key material rotated"
    if action.verb == "resubmit" and not cause:
        yield "resubmitted", _era(oracle.context(action.words[0])), _era_now(oracle)
    yield from _of_life(oracle, action, cause, story)
    for loss in _losses(oracle, oracle.configuration if action.verb in _STARTING else _live(oracle)):
        if action.verb in _MAKING:
            yield "loss", loss, "making a key"
        elif action.verb in _STARTING:
            yield "loss", loss, "starting"
        elif action.verb in _STEPS or action.verb == "open":
            yield "loss", loss, "opening a context"


def _of_step(oracle: Oracle, action: Action, cause: str) -> Iterator[Goal]:
    """The next step of a request in flight; a conflict says nothing of keys."""
    if action.verb == "resume":
        request, era = action.words[0], oracle.context(action.words[0])
    else:
        kind = "download_key" if action.verb == "download" else "nonce"
        made = oracle.made[f"{kind}/{action.words[-1]}"]
        request = made.request
        era = oracle.context(request) if action.verb == "enrich" else oracle.context(request, made.context)
    status = oracle.requests[request].status
    if status in _STEPS[action.verb] and cause != "conflict":
        yield "next step", status, _era(era), "refused" if cause else "done"


def _of_life(oracle: Oracle, action: Action, cause: str, story: _Story) -> Iterator[Goal]:
    verb, live = action.verb, oracle.live
    if verb == "start-wrong":
        yield "start refused", action.words[0]
    if live is not None and verb in {"keys", "provider", "kms-key", "switch"}:
        yield "edited without a restart", verb
    if verb == "crash" and live is not None:
        yield "crash", live.boot.provider
        if any(request.status in IN_FLIGHT for request in oracle.requests.values()):
            yield "crash", live.boot.provider, "with requests in flight"
    if verb == "roll-back":
        yield "roll back", _prefix(oracle, story)
        if story.rollbacks in {1, 2}:
            yield "roll back", f"for the {('second', 'third')[story.rollbacks - 1]} time"
    if verb == "roll-forward":
        yield "roll forward", "once"
    if verb in {"cut-over", "roll-forward"} and any(_era(each.era) == "L(new)" for each in oracle.made.values()):
        yield "rotated before the stop", "L(new) at the cutover"
    if verb in _STARTING:
        yield from _of_start(oracle, action, cause, story)


def _of_start(oracle: Oracle, action: Action, cause: str, story: _Story) -> Iterator[Goal]:
    if cause:
        yield "start refused", "self test denied"
        return
    provider = {"cut-over": "AWS", "roll-forward": "AWS", "roll-back": "local"}.get(
        action.verb, oracle.configuration.provider
    )
    keys = oracle.configuration.keys
    yield "start with keys", provider, str(len(keys)) if len(keys) < LOADED + 1 else "5 or more"
    yield "start with the old key", provider, _place(keys)
    if story.ending == "crash":
        yield "start after a crash", provider


def _place(keys: tuple[str, ...]) -> str:
    place = keys.index(OLD) if OLD in keys else -1
    if place < 0:
        return "nowhere"
    return ("first", "second")[place] if place < 2 else ("later" if place < LOADED else "fifth or later")


def _prefix(oracle: Oracle, story: _Story) -> str:
    """How far a cutover had come when it was rolled back."""
    if oracle.live is None:
        return {"stop": "stopped", "crash": "crashed", "refused": "refused"}.get(story.ending, "stopped")
    if oracle.live.boot.provider == "local":
        return "switched"
    return "worked" if story.worked else "started"


def _live(oracle: Oracle) -> Configuration | None:
    return None if oracle.live is None else oracle.live.configuration


def _losses(oracle: Oracle, configuration: Configuration | None) -> Iterator[str]:
    """What a gateway under AWS lacks now."""
    if configuration is None or configuration.provider != "AWS":
        return
    yield from (f"{action.removeprefix('kms:')} denied" for action in oracle.kms.denied)
    if not oracle.kms.credentials:
        yield "credentials lost"
    if oracle.trouble:
        yield oracle.trouble
    if "elsewhere" in configuration.switches:
        yield "key of another region"
    state = _STATES.get(oracle.kms.states.get(configuration.kms_key or "", ""))
    if state is not None:
        yield state
    wraps = {each.era.wrap for each in oracle.made.values()}
    if any(wrap and wrap[0] == "A" and wrap != f"A({configuration.kms_key})" for wrap in wraps):
        yield "key replaced"


def _of_sight(oracle: Oracle, made: Made, word: str, story: _Story, name: str) -> Iterator[Goal]:
    if word in _CAUSES:
        yield "cause", word
    boot = oracle.view.boot
    if boot is None:
        return
    is_readable = word.startswith("readable")
    ending = (word.partition(", ")[2] or "readable") if is_readable else "refused"
    under = _era(made.era) if made.kind in WRAPPED else _signer(made.era)
    yield "seen", made.kind, under, boot.provider, ending
    if is_readable and name in story.refused and made.kind != "webhook_token" and made.era.signer == OLD:
        yield "old key", "dropped, then listed again"
    if word == "signature_invalid" and OLD not in boot.keys:
        story.refused.add(name)
    if is_readable and _era(made.era) == "A" and story.last in _HEALED:
        yield "opens again", _HEALED[story.last]
    if story.last == "roll-back" and under == "L(new)" and word == "signature_invalid":
        yield "rolled back without the new key", "L(new) refused"


def _era(era: Era) -> str:
    if era.wrap is None:
        return ""
    if era.wrap[0] == "A":
        return "A"
    return "L(old)" if era.wrap == f"L({OLD})" else "L(new)"


def _era_now(oracle: Oracle) -> str:
    boot = oracle.boot
    if boot.provider == "AWS":
        return "A"
    return "L(old)" if boot.keys[0] == OLD else "L(new)"


def _signer(era: Era) -> str:
    if era.signer == "consent":
        return "own key"
    return "old" if era.signer == OLD else "new"
