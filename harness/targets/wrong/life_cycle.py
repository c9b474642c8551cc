"""Wrong ways to start, to say that all is well, to stop, and to live beside another instance."""

from __future__ import annotations

import time
from typing import Any

from fake_sombra.errors import ConfigurationRefused, KmsCredentials, Problem, Refusal
from fake_sombra.gateway import customer, ingress
from fake_sombra.gateway.assembly import Parts
from fake_sombra.gateway.boot import Gateway
from fake_sombra.gateway.calls import Call, Reply, json_reply
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.ingress import TranscendIngress
from fake_sombra.settings import Provider
from harness import runner
from harness.mutants.mutant import Patches, mutant
from harness.runbook import Runbook
from harness.targets.inprocess import InProcessWorld

TOO_LONG_S = 7200.0


async def _red(call: Call) -> Reply:
    return json_reply({"status": "starting"}, 503)


def _health_of(patches: Patches, module: Any, owner: type, is_red: Any) -> None:
    """Listeners of this class are red where `is_red` says so of their provider."""
    built: list[str] = []

    def remember(original: Any) -> Any:
        def build(self: Parts) -> Any:
            built[:] = [self.settings.provider]
            return original(self)

        return build

    def choose(original: Any) -> Any:
        def routes(self: Any) -> Any:
            with Patches() as inner:
                if is_red(built[-1]):
                    inner.replace(module, "health", _red)
                return original(self)

        return routes

    patches.wrap(Parts, "customer" if owner is CustomerIngress else "transcend", remember)
    patches.wrap(owner, "routes", choose)


@mutant("ingress-stays-red", breaks="G-19", killed_by="healthy-and-works")
def ingress_stays_red(patches: Patches) -> None:
    """Under AWS the Transcend ingress never becomes healthy, though the customer's does."""
    _health_of(patches, ingress, TranscendIngress, lambda provider: provider is Provider.AWS)


@mutant("customer-side-stays-red", breaks="G-19", killed_by="healthy-and-works")
def customer_side_stays_red(patches: Patches) -> None:
    """Under AWS the customer's listener never becomes healthy."""
    _health_of(patches, customer, CustomerIngress, lambda provider: provider is Provider.AWS)


@mutant("red-after-the-rollback", breaks="G-23", killed_by="rollback-healthy")
def red_after_the_rollback(patches: Patches) -> None:
    """A Local Sombra that was started after an AWS one is never healthy on its ingress."""
    seen: set[str] = set()

    def is_red(provider: str) -> bool:
        seen.add(provider)
        return provider is Provider.LOCAL and len(seen) > 1

    _health_of(patches, ingress, TranscendIngress, is_red)


@mutant("health-asks-the-kms", breaks="D-06", killed_by="green-but-broken")
def health_asks_the_kms(patches: Patches) -> None:
    """Health turns red when the KMS refuses, so that an orchestrator restarts what a restart cannot mend."""

    def around(original: Any) -> Any:
        def build(self: Parts) -> Any:
            async def health(call: Call) -> Reply:
                try:
                    await self.keyring.self_test()
                except Refusal:
                    return await _red(call)
                return json_reply({"status": "ok"})

            with Patches() as inner:
                inner.replace(customer, "health", health)
                return original(self)

        return build

    patches.wrap(Parts, "customer", around)


@mutant("throw-flag-ignored", breaks="D-06", killed_by="throw-flag-obeyed")
def throw_flag_ignored(patches: Patches) -> None:
    """AWS_KMS_THROW_PERMISSIONS_ERRORS=true changes nothing: a denied gateway starts all the same."""

    async def untested(self: Parts) -> bool:
        return False

    patches.replace(Parts, "refuse_missing_permissions", untested)


@mutant("any-kms-trouble-is-fatal", breaks="D-06", killed_by="throw-flag-obeyed")
def any_kms_trouble_is_fatal(patches: Patches) -> None:
    """With AWS_KMS_THROW_PERMISSIONS_ERRORS=true a disabled key refuses the start as well."""
    _tested_at_start(patches, is_fatal=lambda parts, refusal: parts.settings.aws.throw_permission_errors)


@mutant("denied-start-is-refused", breaks="D-06", killed_by="green-but-broken")
def denied_start_is_refused(patches: Patches) -> None:
    """A denied gateway refuses to start although the flag that asks for it is not set."""
    _tested_at_start(patches, is_fatal=lambda parts, refusal: not isinstance(refusal, KmsCredentials))


def _tested_at_start(patches: Patches, *, is_fatal: Any) -> None:
    async def refuse(self: Parts) -> bool:
        try:
            await self.keyring.self_test()
        except Refusal as refusal:
            if self.settings.aws is None or not is_fatal(self, refusal):
                return False
            raise ConfigurationRefused((Problem("AWS_KMS_KEY_ARN", f"{refusal.code}: {refusal.message}"),)) from refusal
        return True

    patches.replace(Parts, "refuse_missing_permissions", refuse)


@mutant("serves-on-after-stop", breaks="G-02", killed_by="stopped-refuses-all")
def serves_on_after_stop(patches: Patches) -> None:
    """A stop is reported as done while the old process drains and goes on serving."""

    def around(original: Any) -> Any:
        def stop(self: InProcessWorld, instance: str) -> None:
            if self.target == "inprocess" and list(self._gateways) != [instance]:
                original(self, instance)

        return stop

    patches.wrap(InProcessWorld, "stop", around)


@mutant("second-instance-locked-out", breaks="G-02", killed_by="planted-overlap-found")
def second_instance_locked_out(patches: Patches) -> None:
    """A gateway takes a lock at Transcend's cloud, so that a second one never gets up and no overlap is seen."""

    def around(original: Any) -> Any:
        def start(self: InProcessWorld, environ: Any, *, instance: str) -> Any:
            if self._gateways:
                environ = {**environ, "INTERNAL_KEY_HASH": ""}
            return original(self, environ, instance=instance)

        return start

    patches.wrap(InProcessWorld, "start", around)


class _Late:
    """A clock that jumps, where waiting for hours would be real life."""

    def __init__(self) -> None:
        self.lost_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.lost_s

    def jump(self) -> None:
        self.lost_s += TOO_LONG_S


def _loses_hours(patches: Patches, method: str, *, under: Provider) -> None:
    """Two hours pass whenever this part of the life of a gateway under a provider is reached."""
    late = _Late()

    def around(original: Any) -> Any:
        async def slow(self: Gateway) -> None:
            if self.settings.provider is under:
                late.jump()
            await original(self)

        return slow

    patches.wrap(Gateway, method, around)
    patches.replace(runner, "Runbook", lambda rehearsal, seed: Runbook(rehearsal, seed, clock=late))


@mutant("starts-for-hours", breaks="G-15", killed_by="in-window")
def starts_for_hours(patches: Patches) -> None:
    """A start under AWS waits for its permissions to spread, for two hours."""
    _loses_hours(patches, "start", under=Provider.AWS)


@mutant("stops-for-hours", breaks="G-15", killed_by="in-window")
def stops_for_hours(patches: Patches) -> None:
    """A stop waits until every open connection has ended by itself, for two hours."""
    _loses_hours(patches, "close", under=Provider.LOCAL)
