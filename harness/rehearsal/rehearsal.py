"""What a step is handed: the world under rehearsal, what was made in it, and the history it writes to.

Steps act and observe; nothing here judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from harness import drill
from harness.artifacts import Artifact, Ledger
from harness.environment import Environment, cloud_key, facts, shown_names
from harness.generated import before_and_after
from harness.history import TRUNK, History
from harness.progress import Progress, Silent
from harness.rehearsal.journal import summary
from harness.rehearsal.listening import Listening, loud
from harness.rehearsal.listing import every_request
from harness.rehearsal.overheard import credentials, secrets_said
from harness.rehearsal.probes import Observed, Prober
from harness.rehearsal.receiver import published_fingerprint
from harness.rehearsal.wire import Cloud, Customer
from harness.target import AnswerLacks, Call, Mortal, Reply, Secrets, World, control

_KMS_CAUSE = re.compile(r"kms_[a-z_]+")


class StepFailed(Exception):
    """A step could not do what the guide asks; the run goes on to its judgement, and says so."""

    def __init__(self, message: str, *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(slots=True)
class Rehearsal:
    """One world being rehearsed in: the trunk, or a fork of it.

    `environments` holds `before`, `after` and `rollback` as an operator wrote them; the overlay is added on start.
    """

    world: World
    history: History
    environments: Mapping[str, Mapping[str, str]] = field(repr=False)
    secrets: Secrets
    progress: Progress
    name: str = TRUNK
    ledger: Ledger = field(default_factory=Ledger)
    requests: int = 48
    faults: str = ""
    serving: str | None = None
    _live: list[str] = field(default_factory=list)
    _boots: int = 0
    _is_faulty: bool = False
    _consent: dict[str, str] = field(default_factory=dict, repr=False)
    _ears: Listening = field(init=False)

    def __post_init__(self) -> None:
        self._ears = Listening(credentials(self.environments.values(), self.secrets), self.ledger.keys)

    @property
    def customer(self) -> Customer:
        """Spells calls to the customer ingress."""
        return Customer(self.secrets)

    @property
    def cloud(self) -> Cloud:
        """Spells calls to the stand-in."""
        return Cloud(self.secrets)

    @property
    def audience(self) -> str:
        """The Sombra audience of webhook tokens."""
        return self.environments["before"].get("ORGANIZATION_URI", "")

    def record(self, kind: str, **fields: Any) -> None:
        """Append to the history of this world."""
        self.history.append(self.name, kind, **fields)

    # -- calls -------------------------------------------------------------------------------------------------

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Make calls at once without recording each: for probes, which record what they saw.

        Every answer is listened to: none may hold a key or a credential, whatever was asked.
        """
        replies = self.world.exchange(calls)
        self._ears.hear(calls, replies)
        return replies

    def call(self, operation: str, call: Call) -> Reply:
        """Make one call; it is recorded before it is made and again when it ended."""
        return self.calls(operation, [call])[0]

    def calls(self, operation: str, calls: Sequence[Call]) -> list[Reply]:
        """Make calls at once; `info` means that nobody knows whether they happened."""
        self.record("invoked", operation=operation, calls=len(calls))
        replies = self.exchange(calls)
        causes = sorted({reply.cause for reply in replies if not reply.ok})
        outcome = "ok" if not causes else ("info" if any(reply.status == 0 for reply in replies) else "fail")
        self.record("answered", operation=operation, outcome=outcome, causes=causes)
        return replies

    def need(self, operation: str, calls: Sequence[Call]) -> list[Reply]:
        """Make calls that a step cannot do without; raise `StepFailed` when one is refused."""
        replies = self.calls(operation, calls)
        refused = next((reply for reply in replies if not reply.ok), None)
        if refused is not None:
            raise StepFailed(f"{operation}: refused with {refused.cause} (HTTP {refused.status})", cause=refused.cause)
        return replies

    # -- the gateway's life ------------------------------------------------------------------------------------

    def start(
        self,
        environment: str,
        *,
        changed: Mapping[str, str | None] | None = None,
        without: Iterable[str] = (),
        identity: str = "",
        called: str = "",
    ) -> bool:
        """Start a gateway from one of the environments; whether it was accepted.

        `changed` overrides or, with None, removes variables; `without` takes out what the overlay would set.
        `identity` is the access key id it signs KMS calls with, in the place of the overlay's. `called` names what
        has become of the environment, where it is none of the operator's any more.
        """
        variables = {**self.environments[environment], **(changed or {})}
        effective = {name: value for name, value in variables.items() if value is not None}
        effective.update(self.world.overlay())
        if identity:
            effective["AWS_ACCESS_KEY_ID"] = identity
        hashes = [effective.get("INTERNAL_KEY_HASH", ""), self.secrets.internal_key_hash]
        effective["INTERNAL_KEY_HASH"] = ",".join(each for each in hashes if each)
        for name in without:
            effective.pop(name, None)
        self._boots += not called
        environment, instance = called or environment, called or f"{environment}-{self._boots}"
        self.record("starting", instance=instance, environment=environment, changed=shown_names(changed or {}))
        report = self.world.start(effective, instance=instance)
        known = facts(Environment(environment, effective, instance))
        self.record(
            "booted",
            instance=instance,
            environment=environment,
            **report.told(),
            provider=known["provider"],
            keys=known["keys"],
            kms_key=cloud_key(known["provider"], effective),
            consent=self._consent_names(effective.get("CONSENT_IDENTIFIER_ENCRYPTION_KEY", "")),
            said=self._said_by(report.problems, effective),
        )
        if report.accepted:
            self._live.append(instance)
            self.serving = self._live[0]
            if self.faults and known["provider"] == "AWS" and not self._is_faulty:
                self._inject(self.faults)
                self._is_faulty = True
        return report.accepted

    def _said_by(self, problems: Sequence[str], effective: Mapping[str, str]) -> list[str]:
        """What a refused start names and must not: values of its own environment."""
        lines = [{"message": each} for each in problems]
        return secrets_said(lines, environments=(effective,), secrets=self.secrets, ledger=Ledger())

    def _consent_names(self, keys: str) -> list[str]:
        """Configured consent keys by ordinal: nothing derived from a secret is written down."""
        items = [item for item in keys.split(",") if item.strip()]
        return [self._consent.setdefault(item, f"consent-{len(self._consent) + 1}") for item in items]

    def must_start(self, environment: str, *, changed: Mapping[str, str | None] | None = None) -> None:
        """Start a gateway or raise `StepFailed` with its problems."""
        if not self.start(environment, changed=changed):
            problems = self.history.of("booted", world=self.name)[-1]["problems"]
            raise StepFailed(f"the {environment} environment is refused: {'; '.join(problems)}")

    def switch(self, old: str, new: str) -> None:
        """Take another environment for the next start; raise `StepFailed` while a gateway lives.

        The names of what differs are recorded, never a value.
        """
        if self._live:
            raise StepFailed(f"{self._live[0]} still runs; stop it before the environment changes")
        one, two = self.environments[old], self.environments[new]
        changed = shown_names(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
        self.record("switched", old=old, new=new, changed=changed)

    def refusal_cause(self) -> str:
        """The cause code that the last refused start names; empty when it names none."""
        problems = self.history.of("booted", world=self.name)[-1]["problems"]
        found = _KMS_CAUSE.search(" ".join(problems))
        return found.group() if found else ""

    def stop(self) -> None:
        """Stop every gateway that lives; nothing is started before the last is gone."""
        for instance in tuple(self._live):
            self.stop_one(instance)

    def stop_one(self, instance: str) -> None:
        """Stop one gateway of a fleet."""
        self.heal()
        self.record("stopping", instance=instance)
        try:
            ended = self.world.stop(instance)
        finally:  # it is gone, also when it had ended by itself
            self._live.remove(instance)
            self.serving = self._live[0] if self._live else None
        self.record("stopped", instance=instance, **(ended.told() if ended else {}))

    def kill(self) -> None:
        """Have the serving gateway die without a word; raise `StepFailed` where that cannot be done."""
        if self.serving is None or not isinstance(self.world, Mortal):
            raise StepFailed("there is no gateway here that can be killed")
        instance = self._live.pop(0)
        self.record("stopping", instance=instance, how="killed")
        self.world.kill(instance)
        self.serving = self._live[0] if self._live else None
        self.record("stopped", instance=instance)

    @property
    def live(self) -> tuple[str, ...]:
        """Instances that live, oldest first."""
        return tuple(self._live)

    # -- looking -----------------------------------------------------------------------------------------------

    def made(self, artifact: Artifact) -> None:
        """Keep an artifact and record that it was made."""
        self.ledger.add(artifact)
        self.record("artifact", artifact=artifact.name, **{"class": artifact.kind}, instance=artifact.instance)

    def probe(
        self, moment: str, artifacts: Iterable[Artifact] | None = None, *, through: str | None = None
    ) -> list[Observed]:
        """Really try to open artifacts (all of them by default) and record what was seen.

        `through` is the instance of a fleet that is asked, where the customer ingress is what is called.
        """
        wanted = list(self.ledger if artifacts is None else artifacts)
        self.record("probing", moment=moment, artifacts=len(wanted))
        prober = Prober(self.secrets, partial(self._exchange_through, through), self.audience)
        observed = prober.probe(wanted) if wanted else []
        for seen in observed:
            self.record("probe", moment=moment, **seen.told(), instance=through or self.serving)
        return observed

    def _exchange_through(self, instance: str | None, calls: Sequence[Call]) -> list[Reply]:
        return self.exchange([replace(call, instance=instance) for call in calls] if instance else calls)

    def look_at_health(self) -> None:
        """Both listeners, and the public key that is served."""
        replies = self.exchange([self.customer.health("customer"), self.customer.health("ingress")])
        self.record("health", customer=replies[0].status, ingress=replies[1].status, instance=self.serving)
        pem = self.exchange([self.customer.public_key()])[0]
        published = published_fingerprint(pem.body) if pem.ok else ""
        self.record("public-key", fingerprint=published, status=pem.status, instance=self.serving)

    def list_requests(self, moment: str) -> list[Mapping[str, Any]]:
        """The admin's list: every request, its status, and whether its context was found unreadable."""
        total, nodes = every_request(lambda path: self.exchange([self.cloud("GET", path)])[0].json)
        statuses = {str(node["id"]): str(node["status"]) for node in nodes}
        names = {request.id: name for name, request in self.ledger.requests.items()}
        self.record(
            "listing",
            moment=moment,
            total=total,
            statuses={names.get(each, "unknown"): status for each, status in statuses.items()},
            expired=sorted(names.get(str(node["id"]), "unknown") for node in nodes if node.get("isContextExpired")),
        )
        return nodes

    def kms(self, change: str, path: str, document: Mapping[str, Any], **fields: Any) -> None:
        """Change something at the KMS, and record it for the model."""
        self.need(f"kms {change}", [control("kms-control", "POST", path, document)])
        self.record("kms-changed", change=change, **fields)

    def deny(self, action: str) -> None:
        """Take an IAM action away from the gateway."""
        self.kms("deny", "/deny", {"action": action}, action=action)

    def allow(self, action: str) -> None:
        """Give it back."""
        self.kms("allow", "/allow", {"action": action}, action=action)

    def set_key_state(self, arn: str, state: str) -> None:
        """Disable a key, schedule its deletion, enable it again."""
        self.kms("state", "/keys/state", {"arn": arn, "state": state}, key=arn, state=state)

    @contextmanager
    def fault(self, spec: str) -> Iterator[None]:
        """Have the KMS misbehave while the block runs (docs/wire.md, "Faults")."""
        self._inject(spec)
        try:
            yield
        finally:
            self._lift(spec)

    def heal(self) -> None:
        """End the faults that a start under AWS began."""
        if self._is_faulty:
            self._is_faulty = False
            self._lift(self.faults)

    def _inject(self, spec: str) -> None:
        self.need("inject a fault", [control("kms-control", "POST", "/faults", {"spec": spec})])
        self.record("fault", spec=spec)

    def _lift(self, spec: str) -> None:
        """What the gateways logged meanwhile stands before `healed` in the history."""
        self.read_logs()
        reply = self.exchange([control("kms-control", "DELETE", "/faults", {"spec": spec})])[0]
        self.record("healed", spec=spec, ok=reply.ok)

    def journal(self) -> list[Mapping[str, Any]]:
        """Every KMS call so far, as the front wrote it down."""
        reply = self.exchange([control("kms-control", "GET", "/journal?since=0")])[0]
        calls: list[Mapping[str, Any]] = reply.json["calls"]
        return calls

    def read_journal(self, moment: str) -> list[Mapping[str, Any]]:
        """Every KMS call so far, into the history."""
        calls = self.journal()
        self.record("kms-journal", moment=moment, **summary(calls))
        return calls

    def read_logs(self) -> None:
        """What the gateways logged since the last look: level, event and cause, and what they must not say."""
        fresh = self._ears.fresh(self.world.logs())
        heard = secrets_said(fresh, environments=self.environments.values(), secrets=self.secrets, ledger=self.ledger)
        self.record("log-scan", lines=len(fresh), heard=heard)
        self.record("answer-scan", **self._ears.told())
        for entry in loud(fresh):
            self.record("log", **entry)

    # -- forks -------------------------------------------------------------------------------------------------

    @contextmanager
    def fork(self, name: str, title: str) -> Iterator[Rehearsal]:
        """A copy of the world as it stands, in process, with no gateway living in it.

        What goes wrong inside ends the fork, not the run; checks that need it will find it missing.
        """
        with self._acted_out(self._copy(name, self.history), title) as fork:
            yield fork

    @contextmanager
    def drill(self, name: str, title: str) -> Iterator[Rehearsal]:
        """A fork of an empty world that migrates to a further provider, with environments of its own (G-26)."""
        if self.ledger.artifacts:
            raise ValueError("the drill has keys of its own and cannot open what was made before it")
        before, cloud = (file.variables for file in before_and_after("drill"))
        world, known = self.world.drill(), drill.environments(before, cloud)
        r = Rehearsal(world, self.history, known, self.secrets, Silent(), name=name, requests=drill.REQUESTS)
        with self._acted_out(r, title) as fork:
            yield fork

    @contextmanager
    def _acted_out(self, fork: Rehearsal, title: str) -> Iterator[Rehearsal]:
        self.progress.fork(fork.name)
        self.history.append(fork.name, "forked", parent=self.name, title=title)
        try:
            yield fork
            fork.read_logs()
            fork.record("fork-ended", outcome="ok", why="")
        except (StepFailed, AnswerLacks) as failure:
            fork.record("fork-ended", outcome="failed", why=str(failure))
        finally:
            fork.world.close()

    def standstill(self) -> Rehearsal:
        """A copy of the world as it stands, for forks that run beside; its history is its own until taken back."""
        return self._copy(self.name, self.history.aside())

    def twin(self, environments: Mapping[str, Mapping[str, str]]) -> Rehearsal:
        """A copy of the world as it stands with all that led to it, which goes on under other environments."""
        history = self.history.aside()
        history.take(self.history)
        return replace(self._copy(self.name, history), environments=environments)

    def _copy(self, name: str, history: History) -> Rehearsal:
        return Rehearsal(
            self.world.fork(),
            history,
            self.environments,
            self.secrets,
            self.progress,
            name=name,
            ledger=self.ledger.copy(),
            requests=self.requests,
            _boots=self._boots,  # a name stands for one boot, in the copy too
            _consent=self._consent,
        )
