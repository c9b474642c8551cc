"""What must be seen next: the reference model's word on artifacts, and what follows from it for every action.

`harness.model` says who can open what. This adds what it leaves to scenarios: the life of requests, pauses, the
order of refusals, faults on the way to the KMS, damage and time. Pure; nothing of the fake.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from harness.explore.action import Action
from harness.explore.situation import OLD, Configuration, Live, Made, Request, edited
from harness.model import Boot, Era, Expectation, KmsState, era_of, expect

GONE: Final = "connection_refused"
TROUBLE_CAUSES: Final = {
    "throttled": "kms_throttled",
    "unreachable": "kms_unreachable",
    "internal": "kms_internal",
}
_ELSEWHERE: Final = dict.fromkeys(("x", "y", "signing", "absent"), "WrongRegion")
_STATES: Final = {"signing": "WrongUsage", "absent": "Missing"}
_OF_ANOTHER_BOOT: Final = frozenset(
    {"wrong_provider", "unknown_key", "kms_incorrect_key", "signature_invalid", "forgotten_key"}
)
_NOTHING: Final = Expectation(readable=False, cause=GONE)


@dataclass(frozen=True, slots=True)
class View:
    """What decides every artifact's fate at one moment; a new one is made whenever any of it changes."""

    boot: Boot | None
    kms: KmsState
    trouble: str
    is_ahead: bool

    @property
    def uses_kms(self) -> bool:
        """A gateway lives that asks the KMS."""
        return self.boot is not None and self.boot.provider == "AWS"

    def of(self, kind: str, era: Era) -> Expectation:
        """The model's word, with a fault on the way standing where lost credentials would."""
        found = expect(kind, era, self.boot, self.kms)
        if self.trouble and found.cause == "kms_credentials":
            return Expectation(readable=False, cause=TROUBLE_CAUSES[self.trouble])
        return found


@dataclass(slots=True)
class Oracle:
    """One explored world, as the model sees it; `apply` moves it on."""

    configuration: Configuration = field(default_factory=Configuration)
    live: Live | None = None
    kms: KmsState = field(default_factory=lambda: KmsState(states=dict(_STATES)))
    trouble: str = ""
    is_paused: bool = False
    requests: dict[str, Request] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    keys: tuple[str, ...] = (OLD,)
    view: View = field(init=False)

    def __post_init__(self) -> None:
        self.look()

    @property
    def boot(self) -> Boot:
        """What the live gateway was started with; raises LookupError where none lives."""
        if self.live is None:
            raise LookupError("no gateway lives")
        return self.live.boot

    def look(self) -> None:
        """Make the view anew."""
        boot = None if self.live is None else self.live.boot
        kms = self.kms
        if self.live is not None and "elsewhere" in self.live.configuration.switches:
            kms = replace(kms, states=_ELSEWHERE)
        if self.trouble:
            kms = replace(kms, credentials=False)
        self.view = View(boot, kms, self.trouble, self.live is not None and self.live.is_ahead)

    def edit(self, action: Action) -> None:
        """What the action does to the operator's environment."""
        self.configuration = edited(self.configuration, action)
        self.keys = (*self.keys, *(key for key in self.configuration.keys if key not in self.keys))

    def started(self) -> None:
        """A gateway lives, with the environment as it is."""
        self.live = Live(self.configuration.boot(), self.configuration)
        self.look()

    def ended(self) -> None:
        """None lives any more."""
        self.live = None
        self.look()

    # -- artifacts ---------------------------------------------------------------------------------------------

    def sees(self, name: str) -> Expectation:
        """What the gateway's own use case must make of an artifact."""
        made, view = self.made[name], self.view
        found = view.of(made.kind, made.era)
        if not found.readable:
            return found
        if made.is_damaged:
            return Expectation(readable=False, cause="tampered")
        if made.kind == "webhook_token" and made.is_ahead:  # a receiver refuses a token of the future (RFC 7519, iat)
            return Expectation(readable=False, cause="signature_invalid")
        if made.kind == "download_key" and view.is_ahead and not made.is_ahead:
            return Expectation(readable=False, cause="token_expired")
        return found

    def sees_over_wire(self, name: str) -> Expectation:
        """What a caller must see: a token is used there, and identifiers come from the newest context that opens."""
        made = self.made[name]
        if made.kind == "identifier" and self.live is not None:
            return self._identifiers(self.requests[made.request])
        found = self.sees(name)
        if made.kind in {"nonce", "download_key"} and found.readable:
            return self.view.of("nonce", Era(None, self.context(made.request, made.context).signer))
        return found

    def _identifiers(self, request: Request) -> Expectation:
        newest = None
        for number in dict.fromkeys(reversed(request.sets)):
            found = self.view.of("identifier", request.contexts[number])
            if found.cause not in _OF_ANOTHER_BOOT:
                return found
            newest = newest or found
        return newest or _NOTHING

    def context(self, request: str, number: int = -1) -> Era:
        """The era of one of a request's contexts, the latest by default."""
        return self.requests[request].contexts[number]

    # -- what gateways do with keys ----------------------------------------------------------------------------

    def cause_of_opening(self, era: Era) -> str:
        """Why a context would not open now; empty when it opens."""
        return self.view.of("request", era).cause

    def cause_of_verifying(self, era: Era) -> str:
        """Why a context's signature would not verify now."""
        return self.view.of("nonce", Era(None, era.signer)).cause

    def cause_of_using(self, token: str) -> str:
        """Why a nonce or a download key cannot be used now: its own signature, its age, then the context inside."""
        made = self.made[token]
        return self.sees(token).cause or self.cause_of_opening(self.context(made.request, made.context))

    def cause_of_making(self) -> str:
        """Why no new key can be made and wrapped now; a denied GenerateRandom is fatal with the throw flag alone."""
        if self.live is None:
            return GONE
        return self.kms_cause("GenerateRandom", self.live.configuration) or self.kms_cause(
            "Encrypt", self.live.configuration
        )

    def kms_cause(self, operation: str, configuration: Configuration) -> str:
        """Why the KMS would refuse one of three operations to a gateway of this configuration."""
        if configuration.provider != "AWS":
            return ""
        if self.trouble:
            return TROUBLE_CAUSES[self.trouble]
        if not self.kms.credentials:
            return "kms_credentials"
        is_denied = f"kms:{operation}" in self.kms.denied
        if operation == "GenerateRandom":
            return "kms_access_denied" if is_denied and "throw" in configuration.switches else ""
        return self._key_cause(configuration, is_denied=is_denied)

    def _key_cause(self, configuration: Configuration, *, is_denied: bool) -> str:
        """The KMS looks for the key, then at permissions, then at the key's state and use."""
        if "elsewhere" in configuration.switches or configuration.kms_key == "absent":
            return "kms_key_not_found"
        return (
            "kms_access_denied"
            if is_denied
            else _STATE_CAUSES[self.kms.states.get(configuration.kms_key or "", "Enabled")]
        )

    def cause_of_starting(self, configuration: Configuration) -> str:
        """Why a start would be refused: only a denied self test with the throw flag refuses (D-06)."""
        if configuration.provider != "AWS" or "throw" not in configuration.switches:
            return ""
        causes = (self.kms_cause(each, configuration) for each in ("GenerateRandom", "Encrypt", "Decrypt"))
        first = next((cause for cause in causes if cause), "")
        is_fatal = first in {"kms_access_denied", "kms_credentials"}
        return "refused AWS_KMS_THROW_PERMISSIONS_ERRORS" if is_fatal else ""

    # -- what is made ------------------------------------------------------------------------------------------

    def make(
        self, kind: str, name: str, *, request: str = "", era: Era | None = None, context: int = 0, file: str = ""
    ) -> None:
        """An artifact of the live gateway; of the era given, or of the gateway's own."""
        made = Made(kind, era or era_of(kind, self.boot), request, context, file=file, is_ahead=self.view.is_ahead)
        self.made[f"{kind}/{name}"] = made


_STATE_CAUSES: Final = {
    "Enabled": "",
    "Disabled": "kms_key_disabled",
    "PendingDeletion": "kms_key_pending_deletion",
    "WrongUsage": "kms_invalid_key_usage",
}
