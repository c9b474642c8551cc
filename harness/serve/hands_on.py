"""The life of the world in somebody's hands: which environment runs, how it changes, what time it is there.

One change at a time. A change that the gateway refuses leaves everything as it was: what ran before runs again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from harness.environment import EnvFile, EnvFileError
from harness.rehearsal.rehearsal import Rehearsal
from harness.serve.feed import Feed
from harness.serve.refusal import PassedOn, Refusal
from harness.target import Call, Reply, TargetFailed, control

OFFSET: Final = "FAKE_SOMBRA_CLOCK_OFFSET_S"
_HASHES: Final = "INTERNAL_KEY_HASH"
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(slots=True)
class HandsOn:
    """`environments` is the rehearsal's own mapping; env files of the user are added to it under names of their own."""

    r: Rehearsal
    environments: dict[str, Mapping[str, str]] = field(repr=False)
    feed: Feed
    clock_offset_s: float = 0.0
    environment: str = "before"
    version: int = 0
    _is_closing: bool = False
    _turn: threading.RLock = field(default_factory=threading.RLock, repr=False)

    # -- changes -----------------------------------------------------------------------------------------------

    def cut_over(self) -> None:
        """Stop, take the environment of after, start; raises `Refusal`."""
        with self._changing():
            if self.r.live and self.environment == "after":
                raise Refusal(409, "conflict", "the gateway runs under the after environment already; roll back first")
            self._replace("after")

    def roll_back(self) -> None:
        """Stop, take the environment of the rollback, start; raises `Refusal`."""
        with self._changing():
            if self.r.live and self.environment in {"before", "rollback"}:
                message = f"the gateway runs under the {self.environment} environment; there is nothing to roll back"
                raise Refusal(409, "conflict", message)
            self._replace("rollback")

    def stop(self) -> None:
        """Stop the gateway; one that is stopped stays so."""
        with self._changing():
            self._stop()

    def start(self, env_file: object) -> None:
        """Start a stopped gateway from an env file; raises `Refusal`, then nothing has started."""
        with self._changing():
            name = self._named(env_file)
            if self.r.live:
                raise Refusal(409, "conflict", f"the gateway {self.r.live[0]} runs; stop it first")
            self._must_boot(name, "nothing was started")

    def start_again(self) -> None:
        """Start a stopped gateway under the environment it ran with last; raises `Refusal`."""
        with self._changing():
            if self.r.live:
                raise Refusal(409, "conflict", f"the gateway {self.r.live[0]} runs already")
            self._must_boot(self.environment, "nothing was started")

    def advance(self, seconds: float) -> None:
        """Move the clock of this gateway, and of every one that is started from now on."""
        with self._changing():
            if self.r.live:
                self.must(control("gateway-control", "POST", "/clock", {"advance_s": seconds}))
            self.clock_offset_s += seconds
            self.feed.say(f"the gateway's clock is moved by {seconds:g} s, {self.clock_offset_s:g} s in all")

    def touch(self, said: str) -> None:
        """Something changed that may change what opens."""
        self.version += 1
        self.feed.say(said)

    def close(self) -> None:
        """Let the change that is going on come to its end; refuse every later one."""
        self._is_closing = True
        self.feed.close()
        with self._turn:
            pass

    # -- calls -------------------------------------------------------------------------------------------------

    def ask(self, *calls: Call) -> list[Reply]:
        """Make calls at once; refusals are for the caller to read."""
        return self.r.exchange(calls)

    def must(self, call: Call) -> Reply:
        """Make one call; raises `PassedOn` when it is refused."""
        reply = self.r.exchange([call])[0]
        if not reply.ok:
            raise PassedOn(reply)
        return reply

    def gateway(self) -> Mapping[str, Any] | None:
        """What the gateway's own control port shows: provider, fingerprints, clock; None when nobody answers."""
        reply = self.r.exchange([control("gateway-control", "GET", "/state")])[0] if self.r.live else Reply(0)
        return reply.json if reply.ok else None

    # -- parts of a change -------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._turn:
            if self._is_closing:
                raise Refusal(503, "closing", "serve is being stopped")
            if self.r.live and self.gateway() is None:
                self._stop()  # it ended by itself
            try:
                yield
            finally:
                self.version += 1

    def _replace(self, environment: str) -> None:
        former = self.environment if self.r.live else None
        self._stop()
        try:
            self._must_boot(environment, "what ran before runs again" if former else "nothing was started")
        except Refusal:
            if former is not None:
                self._must_boot(former, "and what ran before is refused as well")
            raise

    def _stop(self) -> None:
        for instance in self.r.live:
            try:
                self.r.stop_one(instance)
            except TargetFailed:
                self.r.record("stopped", instance=instance)
                self.feed.say(f"the gateway {instance} had ended by itself", level="error")
            else:
                self.feed.say(f"the gateway {instance} is stopped")

    def _must_boot(self, environment: str, otherwise: str) -> None:
        if self.r.start(environment, changed=self._time(environment)):
            self.environment = environment
            self.feed.say(f"a gateway runs under the {environment} environment")
            return
        problems = tuple(self.r.history.of("booted")[-1]["problems"])
        self.feed.say(f"the {environment} environment is refused: {'; '.join(problems)}", level="error")
        message = f"the gateway refuses the {environment} environment; {otherwise}"
        raise Refusal(422, "configuration_refused", message, problems=problems)

    def _time(self, environment: str) -> Mapping[str, str]:
        """The clock outlives a gateway; what an environment says of it itself counts on top."""
        own = self.environments[environment].get(OFFSET, "0")
        if not self.clock_offset_s or not _DECIMAL.fullmatch(own):
            return {}
        return {OFFSET: f"{float(own) + self.clock_offset_s:.3f}"}

    def _named(self, env_file: object) -> str:
        """An env file as an environment: one of the known ones, or a new one; raises `Refusal`."""
        if not isinstance(env_file, str) or not env_file:
            raise Refusal(422, "bad_env_file", 'env_file is missing; send {"env_file": "FILE"}')
        try:
            variables = self._without_ours(EnvFile.read(env_file).variables)
        except EnvFileError as error:
            raise Refusal(422, "bad_env_file", str(error)) from error
        for name, known in self.environments.items():
            if dict(known) == variables:
                return name
        name = f"file-{sum(each.startswith('file-') for each in self.environments) + 1}"
        self.environments[name] = variables
        return name

    def _without_ours(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The files that serve writes hold the rehearsal's hash, which every start appends again."""
        ours, hashes = self.r.secrets.internal_key_hash, variables.get(_HASHES, "").split(",")
        kept = {name: value for name, value in variables.items() if name != _HASHES}
        others = ",".join(each for each in hashes if each != ours)
        return {**kept, _HASHES: others} if others or (_HASHES in variables and ours not in hashes) else kept
