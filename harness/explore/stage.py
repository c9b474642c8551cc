"""How an action is carried out on a world, and how it ended: the cause of its refusal, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from harness.artifacts import Artifact
from harness.explore.action import Action
from harness.explore.environments import ARNS, common, variables_of, wrong_variables
from harness.explore.situation import Configuration, edited
from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import CONNECTION_REFUSED, Call, Reply, Secrets, World, control

ENVIRONMENT: Final = "gateway"
_OUTAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"throttled": "*:ThrottlingException", "unreachable": "*:outage", "internal": "*:KMSInternalException"}
)
_NO_CREDENTIALS: Final = "*:ExpiredTokenException"


@dataclass(slots=True)
class Stage:
    """A world under exploration, the operator's environment, and the words of each action as calls."""

    r: Rehearsal
    configuration: Configuration = field(default_factory=Configuration)

    @classmethod
    def of(cls, world: World, secrets: Secrets, history: History) -> Stage:
        """A stage on a fresh world that was planned with the KMS keys x and y."""
        environment = common()
        stage = cls(Rehearsal(world, history, {ENVIRONMENT: environment, "before": environment}, secrets, Silent()))
        made = {"arn": ARNS["signing"], "usage": "SIGN_VERIFY"}
        stage.r.kms("state", "/keys", made, key=ARNS["signing"], state="WrongUsage")
        stage.r.record("kms-changed", change="state", key=ARNS["absent"], state="Missing")
        return stage

    # -- for the actions ---------------------------------------------------------------------------------------

    def ask(self, call: Call) -> Reply:
        """Make one call."""
        return self.r.exchange([call])[0]

    def keep(self, kind: str, name: str, *, request: str | None = None, plaintext: bytes = b"", **handle: str) -> None:
        """Remember an artifact by the name the oracle gives it."""
        self.r.made(Artifact(f"{kind}/{name}", kind, self.r.serving or "", request, handle, plaintext))

    def artifact(self, kind: str, name: str) -> Artifact:
        """One that was kept."""
        return self.r.ledger.artifacts[f"{kind}/{name}"]

    def count(self, kind: str, owner: str) -> int:
        """How many versions of something were kept."""
        return sum(name.startswith(f"{kind}/{owner}-") for name in self.r.ledger.artifacts)

    def rehandle(self, artifact: Artifact, **handle: str) -> None:
        """Add to what is known of how an artifact is opened."""
        self.r.ledger.artifacts[artifact.name] = replace(artifact, handle={**artifact.handle, **handle})

    def start(self, changed: Mapping[str, str | None] | None = None) -> str:
        """Start a gateway with the operator's environment, or with another; empty when it was accepted."""
        if self.r.start(ENVIRONMENT, changed=variables_of(self.configuration) if changed is None else changed):
            return ""
        event = self.r.history.of("booted")[-1]
        if event["ports_opened"]:
            return "refused with an open port"
        named = str(event["problems"][0]).partition(":")[0].split()[0]
        return f"refused {named}"

    def stop(self) -> None:
        """Stop what lives."""
        if self.r.live:
            self.r.stop()

    def edit(self, action: Action) -> None:
        """Change the operator's environment."""
        self.configuration = edited(self.configuration, action)


def cause(reply: Reply) -> str:
    """Why a call failed; a gateway that is down looks the same from Transcend's side."""
    return CONNECTION_REFUSED if reply.cause == "bad_gateway" else reply.cause


Act = Callable[[Stage, tuple[str, ...]], str]


def _starting(verb: str) -> Act:
    def act(stage: Stage, words: tuple[str, ...]) -> str:
        stage.stop()
        stage.edit(Action(verb, words))
        return stage.start()

    return act


def _editing(verb: str) -> Act:
    def act(stage: Stage, words: tuple[str, ...]) -> str:
        stage.edit(Action(verb, words))
        return ""

    return act


def _stop(stage: Stage, words: tuple[str, ...]) -> str:
    stage.stop()
    return ""


def _crash(stage: Stage, words: tuple[str, ...]) -> str:
    stage.r.kill()
    return ""


def _permission(change: str) -> Act:
    def act(stage: Stage, words: tuple[str, ...]) -> str:
        action = f"kms:{words[0]}"
        stage.r.kms(change, f"/{change}", {"action": action}, action=action)
        return ""

    return act


def _key_state(state: str) -> Act:
    def act(stage: Stage, words: tuple[str, ...]) -> str:
        stage.r.set_key_state(ARNS[words[0]], state)
        return ""

    return act


def _rotate(stage: Stage, words: tuple[str, ...]) -> str:
    return cause(stage.ask(control("kms-control", "POST", "/keys/rotate", {"arn": ARNS[words[0]]})))


def _lose_credentials(stage: Stage, words: tuple[str, ...]) -> str:
    """The role's session is revoked: every call that is signed with it is refused."""
    stage.r.kms("credentials", "/faults", {"spec": _NO_CREDENTIALS}, present=False)
    return ""


def _restore_credentials(stage: Stage, words: tuple[str, ...]) -> str:
    reply = stage.ask(control("kms-control", "DELETE", "/faults", {"spec": _NO_CREDENTIALS}))
    stage.r.record("kms-changed", change="credentials", present=True)
    return cause(reply)


def _trouble(stage: Stage, words: tuple[str, ...]) -> str:
    stage.r.record("fault", spec=_OUTAGES[words[0]])
    return cause(stage.ask(control("kms-control", "POST", "/faults", {"spec": _OUTAGES[words[0]]})))


def _recover(stage: Stage, words: tuple[str, ...]) -> str:
    reply = stage.ask(control("kms-control", "DELETE", "/faults", {}))
    stage.r.record("healed", spec="*", ok=reply.ok)
    return cause(reply)


ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        **{verb: _editing(verb) for verb in ("provider", "kms-key", "keys", "switch")},
        **{verb: _starting(verb) for verb in ("start", "restart", "cut-over", "roll-back", "roll-forward")},
        "stop": _stop,
        "crash": _crash,
        "start-wrong": lambda stage, words: stage.start(wrong_variables(words[0], stage.configuration)),
        "deny": _permission("deny"),
        "allow": _permission("allow"),
        "lose-credentials": _lose_credentials,
        "restore-credentials": _restore_credentials,
        "disable": _key_state("Disabled"),
        "enable": _key_state("Enabled"),
        "schedule-deletion": _key_state("PendingDeletion"),
        "cancel-deletion": _key_state("Disabled"),
        "rotate-material": _rotate,
        "trouble": _trouble,
        "recover": _recover,
    }
)
