"""Gateways as child processes of one world: started until ready or refused, stopped, and what they left behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.target import BootReport, StopReport
from harness.targets.child import Child, listens, undisturbed
from harness.targets.variables import REMOVED, clean_environment
from harness.targets.warden import Warden


@dataclass(slots=True)
class Gateways:
    """By instance name, the oldest first; each has a folder of its own for temporary files, empty when it ends."""

    command: Sequence[str]
    place: Path
    warden: Warden | None = None
    _live: dict[str, Child] = field(default_factory=dict)
    _ended: list[Child] = field(default_factory=list)

    def start(
        self, environ: Mapping[str, str], *, instance: str, ports: Sequence[int], are_held: bool = False
    ) -> BootReport:
        """Start one and wait for its ready line, or for its exit; `ports` are those it may open.

        Held ports are open by our own hand, and say nothing of a gateway that was refused.
        """
        began = time.monotonic()
        variables = {name: value for name, value in environ.items() if name not in REMOVED}
        variables |= {"FAKE_SOMBRA_INSTANCE": instance, "TMPDIR": str(self._corner(instance))}
        with undisturbed():  # an interruption leaves no orphan
            process = self._live[instance] = Child.start(instance, self.command, {**clean_environment(), **variables})
        if self.warden is not None:
            self.warden.watch(process.process.pid)
        if process.ready() is None:
            code = process.stop()
            self._bury(instance)
            opened = not are_held and any(listens(port) for port in ports)
            return BootReport(instance, False, code, process.said.problems(code), opened, time.monotonic() - began)
        return BootReport(instance, True, None, (), True, time.monotonic() - began)

    def _corner(self, instance: str) -> Path:
        """A place for temporary files of one gateway: it owns no state, so nothing of it may stay."""
        corner = self.place / f"tmp-{instance}"
        corner.mkdir(exist_ok=True)
        return corner

    def stop(self, instance: str) -> StopReport:
        """SIGTERM, and wait until the process is gone; raise `TargetFailed` when it had ended by itself."""
        process = self._live[instance]
        code = process.ended(within_s=0.0)
        ended = process.stop()
        self._bury(instance)
        if code is not None:
            raise process.said.ended(f"the gateway {instance}", code)
        left = tuple(sorted(each.name for each in self._corner(instance).rglob("*") if each.is_file()))
        return StopReport(ended, ended == -signal.SIGKILL, left)

    def kill(self, instance: str) -> None:
        """SIGKILL, and wait until the process is gone."""
        self._live[instance].kill()
        self._bury(instance)

    def _bury(self, instance: str) -> None:
        """Keep the words of a gateway that is gone; until then an interrupted run still has it to stop."""
        gateway = self._live.pop(instance)
        self._ended.append(gateway)
        if self.warden is not None:
            self.warden.forget(gateway.process.pid)

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far, the ended ones first."""
        for process in self.live:
            process.caught_up()
        return [line for process in (*self._ended, *self._live.values()) for line in process.said.heard]

    @property
    def live(self) -> tuple[Child, ...]:
        """Those that were started and not stopped."""
        return tuple(self._live.values())

    def close(self) -> None:
        """Stop all of them, at the same time."""
        for process in self.live:
            process.ask_to_stop()
        for process in self.live:
            process.stop()
        self._live.clear()
