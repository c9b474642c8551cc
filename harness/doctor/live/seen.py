"""What was seen of the real key, and which of the doctor's questions that leaves open."""

from __future__ import annotations

from dataclasses import dataclass

from harness.doctor.effective import Undecided
from harness.doctor.reading import Place
from harness.doctor.rule import Boot
from harness.key_probe import DESCRIBE, WRAP, Attempt, Probe

ARN, REGION, STORE = "AWS_KMS_KEY_ARN", "AWS_REGION", "AWS_KMS_CUSTOM_KEY_STORE_ID"
_AGAIN = "Run `doctor --live` again from where Sombra will run, with its own role."
_STATES = {
    "DisabledException": "Disabled",
    "KMSInvalidStateException": "in a state that forbids its use",
    "KeyUnavailableException": "Unavailable",
}


@dataclass(frozen=True, slots=True)
class Unasked:
    """Why the key was not asked at all, and what to do."""

    why: str
    action: str = _AGAIN


@dataclass(frozen=True)
class Seen:
    """The environment of the cutover, and what its key answered: a probe, or why there is none."""

    after: Boot
    told: Probe | Unasked
    principal: str = ""
    address: str = ""
    leads_to_aws: bool = True

    @property
    def probe(self) -> Probe:
        """Raises `Undecided` when the key was not asked."""
        if isinstance(self.told, Unasked):
            raise Undecided(ARN, self.told.why, action=self.told.action)
        return self.told

    @property
    def place(self) -> Place:
        """Where the environment names the key."""
        return self.after.source.place(ARN)

    @property
    def key(self) -> str:
        """The ARN as configured."""
        return self.after.value(ARN)

    @property
    def who(self) -> str:
        """The caller, as a message names it."""
        return self.principal or "the caller"

    def attempt(self, what: str) -> Attempt:
        """An attempt that was answered; raises `Undecided` for one that was not made or not answered."""
        made = self.probe.of(what)
        if made is not None and made.result not in {"unreachable", "skipped"}:
            return made
        silent = next((each for each in self.probe.attempts if each.result == "unreachable"), None)
        if silent is None:
            raise Undecided(ARN, f"{what}: nothing could be wrapped that could be unwrapped", action=_AGAIN)
        because = f", {silent.why}" if silent.why else ""
        where = f" at {self.address}" if self.address else ""
        raise Undecided(
            ARN, f"the KMS{where} did not answer the question to {silent.what} ({silent.code}{because})", action=_AGAIN
        )

    def open_question(self, attempt: Attempt) -> Undecided:
        """What an attempt leaves open that ended otherwise than the question asks."""
        return Undecided(ARN, f"the question to {attempt.what} ended with {attempt.code}", action=_AGAIN)

    def state(self) -> str:
        """As described; else as the attempt to wrap shows it. Raises `Undecided`."""
        described, wrapped = self.probe.described, self.probe.of(WRAP)
        if described is not None and described.state:
            return described.state
        if wrapped is not None and wrapped.is_ok:
            return "Enabled"
        if wrapped is not None and wrapped.code in _STATES:
            return _STATES[wrapped.code]
        raise self.open_question(self.attempt(DESCRIBE))
