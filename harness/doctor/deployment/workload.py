"""What a workload is on any platform: which part of Sombra it runs, its environment, and how it is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from harness.doctor.effective import Effective, Setting
from harness.doctor.reading import Node, Place, Stated
from harness.doctor.rule import Boot, PlacedSighting
from harness.environment import SIGNING_KEYS

Platform = Literal["Helm", "Kubernetes", "compose", "ECS"]
Role = Literal["gateway", "job-scheduler", "other"]
Odd = Literal["list-overlay", "reference-missing", "secret-malformed", "template-unrendered", "value-not-a-string"]

_SIDE_IMAGES = ("classifier", "pathfinder", "opa")
_SCHEDULES = "ENABLE_JOB_SCHEDULER"


@dataclass(frozen=True, slots=True)
class Replacement:
    """How an old instance gives way to a new one; `overlaps` is None when the files do not say."""

    overlaps: bool | None
    place: Place
    how: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something a reader met while it resolved the files, for the rule of this id to tell."""

    rule: Odd
    sighting: PlacedSighting


@dataclass(frozen=True)
class Workload:
    """One thing the platform keeps running, whatever it calls it."""

    platform: Platform
    kind: str
    name: str
    role: Role
    place: Place
    environment: Effective
    replacement: Replacement
    replicas: Stated[int]
    image: Stated[str] | None = None
    autoscaling: Place | None = None
    service_account: Stated[str] | None = None
    cloud_role: Stated[str] | None = None
    probes: Mapping[str, Stated[str]] = field(default_factory=dict)
    secret_read_at: Place | None = None
    restarts_on_secret: bool = True
    grace_s: Stated[int] | None = None
    odd: tuple[Oddity, ...] = ()

    @cached_property
    def after(self) -> Boot:
        """Its environment as a boot: documents describe the deployment after the cutover."""
        return Boot("after", self.environment)

    @property
    def label(self) -> str:
        """How it is called in a message."""
        return f"{self.kind} {self.name}"

    @property
    def is_stopped(self) -> bool:
        """Whether it is scaled to zero, and nothing scales it up again."""
        return self.replicas.value == 0 and self.autoscaling is None

    def setting(self, name: str) -> Setting | None:
        """A variable with its provenance."""
        return self.environment.settings.get(name)


@dataclass(frozen=True)
class Fleet:
    """All workloads of one kind of document, and the env file that announces what they should amount to."""

    workloads: tuple[Workload, ...]
    announced: Boot | None = None

    @property
    def gateways(self) -> tuple[Workload, ...]:
        """The gateways."""
        return tuple(each for each in self.workloads if each.role == "gateway")

    @property
    def schedulers(self) -> tuple[Workload, ...]:
        """The Job Schedulers."""
        return tuple(each for each in self.workloads if each.role == "job-scheduler")

    @property
    def after(self) -> Boot | None:
        """The first gateway, where an open question about the fleet is placed."""
        return next((each.after for each in self.gateways), None)


def role_of(name: str, image: str, settings: Mapping[str, Setting]) -> Role:
    """Which part of Sombra a container runs, by its variables first and its image second."""
    repository = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    if any(side in repository for side in _SIDE_IMAGES):
        return "other"
    is_sombra = "sombra" in repository or SIGNING_KEYS in settings or "KMS_PROVIDER" in settings
    scheduling = settings.get(_SCHEDULES)
    if scheduling is not None and scheduling.value == "true":
        return "job-scheduler"
    if not is_sombra:
        return "other"
    return "job-scheduler" if "job-scheduler" in name.lower() else "gateway"


def http_probes(pod_part: Node, names: Iterable[str] = ("livenessProbe", "readinessProbe")) -> dict[str, Stated[str]]:
    """What each HTTP probe asks for, path and port, at the place of its path."""
    probes: dict[str, Stated[str]] = {}
    for name in names:
        asked = pod_part.at(name, "httpGet")
        if asked is not None:
            path, port = asked.at("path"), asked.at("port")
            shown = f"{path.content if path else '/'} on port {port.content if port else '(none)'}"
            probes[name] = Stated(shown, (path or asked).place)
    return probes
