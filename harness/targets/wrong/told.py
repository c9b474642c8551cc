"""Wrong reports to Transcend's cloud after a start: lies, keys, and a health that hangs on them."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import Refusal
from fake_sombra.gateway import config_sync, customer, ingress
from fake_sombra.gateway.calls import Call, Reply, json_reply
from fake_sombra.gateway.upstream import Upstream
from harness.mutants.mutant import Patches, mutant


@mutant("tells-its-keys", breaks="G-19", killed_by="config-sync-is-told")
def tells_its_keys(patches: Patches) -> None:
    """The canary of each signing key is its private scalar."""

    def around(original: Any) -> Any:
        def report(settings: Any, **named: Any) -> Any:
            told = original(settings, **named)
            for canary, loaded in zip(told["keySets"][0]["canaries"], settings.key_sets.loaded, strict=True):
                canary["canaryValue"] = loaded.signing_key.scalar.hex()
            return told

        return report

    patches.wrap(config_sync, "_report", around)


@mutant("tells-local-whatever-lives", breaks="G-19", killed_by="config-sync-is-told")
def tells_local_whatever_lives(patches: Patches) -> None:
    """Transcend is told of Local under AWS, and shows it."""

    def around(original: Any) -> Any:
        return lambda settings, **named: {**original(settings, **named), "kmsProvider": "local"}

    patches.wrap(config_sync, "_report", around)


@mutant("health-hangs-on-the-report", breaks="G-19", killed_by="config-sync-is-told")
def health_hangs_on_the_report(patches: Patches) -> None:
    """A gateway that Transcend does not listen to is red, and its platform restarts it for ever."""
    unheard: list[bool] = [False]

    def telling(original: Any) -> Any:
        async def report(self: Upstream, *given: Any, **named: Any) -> None:
            unheard[:] = [False]
            try:
                await original(self, *given, **named)
            except Refusal:
                unheard[:] = [True]
                raise

        return report

    def looking(original: Any) -> Any:
        async def health(call: Call) -> Reply:
            return json_reply({"status": "unheard"}, 503) if unheard[0] else await original(call)

        return health

    patches.wrap(Upstream, "report", telling)
    patches.wrap(customer, "health", looking)
    patches.wrap(ingress, "health", looking)
