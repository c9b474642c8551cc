"""Wrong logs: too little to find a fault by, or more than may be written down."""

from __future__ import annotations

from typing import Any

from fake_sombra.gateway.assembly import Parts
from fake_sombra.gateway.calls import Call, json_reply
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Edge
from fake_sombra.gateway.files import Files
from harness.mutants.mutant import Patches, mutant


@mutant("refusals-leave-no-line", breaks="G-22", killed_by="faults-are-logged")
def refusals_leave_no_line(patches: Patches) -> None:
    """Refused calls and a failed self test leave no line in the log."""
    patches.replace(Edge, "_log_refusal", lambda self, *given, **named: None)
    patches.replace(Parts, "_log_canary", lambda self, refusal: None)


@mutant("lines-name-no-cause", breaks="G-22", killed_by="faults-are-logged")
def lines_name_no_cause(patches: Patches) -> None:
    """The log says that a call failed, not why."""

    def around(original: Any) -> Any:
        def init(self: Any, *given: Any, log: Any, **named: Any) -> None:
            original(self, *given, log=_without_code(log), **named)

        return init

    patches.wrap(Edge, "__init__", around)
    patches.replace(Parts, "_log_canary", lambda self, refusal: self.log("error", "kms_self_test_failed"))


def _without_code(log: Any) -> Any:
    return lambda level, event, **fields: log(level, event, **{**fields, "code": "internal"})


@mutant("self-test-unlogged", breaks="G-22", killed_by="faults-are-logged")
def self_test_unlogged(patches: Patches) -> None:
    """A self test that fails at the start leaves no line; the trouble shows with the first request."""
    patches.replace(Parts, "_log_canary", lambda self, refusal: None)


@mutant("no-self-test", breaks="G-22", killed_by="faults-are-logged")
def no_self_test(patches: Patches) -> None:
    """Without the throw flag the KMS is not tested at the start at all."""

    def around(original: Any) -> Any:
        async def report(self: Parts, *, is_tested: bool) -> None:
            del is_tested
            await original(self, is_tested=True)

        return report

    patches.wrap(Parts, "report", around)


@mutant("identifiers-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def identifiers_in_the_log(patches: Patches) -> None:
    """Each submission is logged with its body, data subject and all."""

    def around(original: Any) -> Any:
        async def submit(self: CustomerIngress, call: Call) -> Any:
            body = await call.json()
            _logs[-1]("info", "submitted", message=str(body.content))
            replied = await self.requests.submit(body, authorization=call.header(b"authorization") or "")
            return json_reply(replied)

        return submit

    _logs = collected(patches)
    patches.wrap(CustomerIngress, "_submit", around)


def collected(patches: Patches) -> list[Any]:
    """The log of the last gateway that was built."""
    logs: list[Any] = []

    def around(original: Any) -> Any:
        def customer(self: Parts) -> Any:
            logs.append(self.log)
            return original(self)

        return customer

    patches.wrap(Parts, "customer", around)
    return logs


@mutant("credentials-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def credentials_in_the_log(patches: Patches) -> None:
    """A call is logged with all its headers, credentials included."""
    logs = collected(patches)

    def around(original: Any) -> Any:
        def find(self: Edge, call: Call, where: Any) -> Any:
            if logs:
                logs[-1]("info", "called", headers=str(call.scope["headers"]))
            return original(self, call, where)

        return find

    patches.wrap(Edge, "_find", around)


@mutant("plaintext-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def plaintext_in_the_log(patches: Patches) -> None:
    """The first bytes of each upload are logged in hex, to find out about a client's encoding."""
    logs = collected(patches)

    def around(original: Any) -> Any:
        async def upload(self: Files, nonce: Any, *, content: Any, **named: Any) -> Any:
            parts = [content] if isinstance(content, bytes) else [part async for part in content]
            logs[-1]("warn", "upload", message=b"".join(parts)[:64].hex())
            return await original(self, nonce, content=b"".join(parts), **named)

        return upload

    patches.wrap(Files, "upload", around)
