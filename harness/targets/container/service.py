"""One service as a container: started hardened, read while it speaks, stopped, killed or paused for real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast

from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from requests.exceptions import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from harness.background import Background
from harness.targets.container.engine import engine_answers
from harness.targets.speech import Speech

START_DEADLINE_S: Final = 30.0
STOP_DEADLINE_S: Final = 15
_GONE_WITHIN_S: Final = 5.0

# All that is started here is stopped here, so the helper container that would clean up after us is not pulled.
testcontainers_config.ryuk_disabled = True

_HARDENED: Final[Mapping[str, Any]] = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "healthcheck": {"test": ["NONE"]},  # the ready line tells; a probe every ten seconds costs processor time
}
# Names of this network only: none is asked for outside.
_NAMES: Final[Mapping[str, Any]] = {"dns": ["127.0.0.1"], "dns_opt": ["timeout:1", "attempts:1"]}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a service is started from; its environment holds an operator's secrets and has no repr."""

    image: str
    alias: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    ports: Mapping[int, int] = field(default_factory=dict)  # of the container: of this machine's loopback
    folder: str | None = None  # shared with the harness under the same path
    user: str | None = None
    entrypoint: Sequence[str] = ()
    is_read_only: bool = True
    beside: str | None = None  # the container whose address, names and published ports it shares


@dataclass(slots=True)
class Service:
    """A started container, and what it said so far."""

    name: str
    container: Container
    said: Speech = field(default_factory=Speech)
    _reader: Background = field(init=False)

    def __post_init__(self) -> None:
        self._reader = Background(self._read)

    @classmethod
    def start(cls, name: str, recipe: Recipe, network: Network) -> Service:
        """Start a container on a network; raises `TargetFailed`."""
        with engine_answers(f"start {name}"):
            made = _prepared(recipe, network)
            try:
                made.start()
            except BaseException:
                with suppress(DockerException, RequestException):
                    made.stop()
                raise
            return cls(name, made.get_wrapped_container())

    def _read(self) -> None:
        rest = b""
        with suppress(DockerException, RequestException, OSError, ValueError):  # the stream ends with the container
            for chunk in self.container.logs(stream=True, follow=True):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    self.said.hear(line.decode(errors="replace").rstrip("\r"))
        self.said.hear(rest.decode(errors="replace"))

    def ready(self) -> Mapping[str, Any] | None:
        """Wait for the ready line, or for the end of the container."""
        return self.said.ready(within_s=START_DEADLINE_S, speaks=self._reader.lives)

    def ended(self, *, within_s: float = 0.0) -> int | None:
        """The exit code of a container that has ended, or ends soon; None while it lives."""
        return self._exit_code() if self._reader.ends(within_s=within_s) else None

    def _exit_code(self) -> int:
        with engine_answers(f"tell how {self.name} ended"):
            return int(self.container.wait(timeout=_GONE_WITHIN_S)["StatusCode"])

    def stop(self) -> int:
        """SIGTERM, and SIGKILL past the deadline; the exit code."""
        with engine_answers(f"stop {self.name}"):
            self.container.stop(timeout=STOP_DEADLINE_S)
        return self._finished()

    def kill(self) -> int:
        """SIGKILL, as a node that dies; the exit code."""
        with engine_answers(f"kill {self.name}"), suppress(NotFound):
            try:
                self.container.kill()
            except APIError as error:  # it had ended by itself
                if error.status_code != 409:
                    raise
        return self._finished()

    def pause(self) -> None:
        """Freeze it: its ports stay open and nothing answers."""
        with engine_answers(f"pause {self.name}"):
            self.container.pause()

    def resume(self) -> None:
        """Let a paused one go on."""
        with engine_answers(f"resume {self.name}"):
            self.container.unpause()

    def _finished(self) -> int:
        code = self._exit_code()
        self._reader.ends(within_s=_GONE_WITHIN_S)
        return code

    def remove(self) -> None:
        """End it at once, if it lives, and leave nothing of it behind."""
        with engine_answers(f"remove {self.name}"), suppress(NotFound):
            self.container.remove(force=True, v=True)
        self._reader.ends(within_s=_GONE_WITHIN_S)


def _prepared(recipe: Recipe, network: Network) -> DockerContainer:
    made = DockerContainer(recipe.image).with_command(list(recipe.command))
    made.with_tmpfs_mount("/tmp", "size=64m")  # noqa: S108  inside the container
    made.env.update(recipe.environ)
    published = cast("dict[str, Any]", made.ports)  # its type lacks the pair that names the address
    published.update({f"{inside}/tcp": ("127.0.0.1", port) for inside, port in recipe.ports.items()})
    if recipe.folder is not None:
        made.with_volume_mapping(recipe.folder, recipe.folder, "rw")
    more: dict[str, Any] = {
        "user": recipe.user,
        "entrypoint": list(recipe.entrypoint),
        "read_only": recipe.is_read_only,
    }
    if recipe.beside is not None:
        more["network_mode"] = f"container:{recipe.beside}"
    else:
        made.with_network(network).with_network_aliases(recipe.alias)
        more |= _NAMES
    made.with_kwargs(**_HARDENED, **{name: value for name, value in more.items() if value})
    return made
