"""What values files make of the public chart: the gateway, and the Job Scheduler where it is switched on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.doctor.deployment.chart_defaults import chart_defaults, is_chart_default
from harness.doctor.deployment.container_env import ContainerEnvironment
from harness.doctor.deployment.helm_merge import Road, overlaid, replaced_lists
from harness.doctor.deployment.layers import Layers, as_text, is_scalar
from harness.doctor.deployment.manifests import restarts_by
from harness.doctor.deployment.objects import Objects
from harness.doctor.deployment.workload import Oddity, Replacement, Role, Workload, http_probes
from harness.doctor.reading import FileFault, Node, Place, Stated, stated_int, stated_text
from harness.doctor.rule import PlacedSighting
from harness.environment import SIGNING_KEYS, shown_name

_SCHEDULER = "job-scheduler"
_NAMED = ("envs_as_secret", "envs", "envs_field_ref")
_KNOWN = frozenset({*_NAMED, "envFrom", "image", "replicaCount", "autoscaling", _SCHEDULER})


def helm_workloads(files: Sequence[Node]) -> Iterator[Workload]:
    """The chart under these values, the last file on top."""
    merged = chart_defaults()
    odd: list[tuple[Road, Oddity]] = []
    for file in map(_own_values, files):
        odd += _dropped(merged, file)
        merged = overlaid(merged, file)
    top = files[-1].place
    yield _Chart(
        merged, top, "sombra", "gateway", tuple(each for road, each in odd if road[0] != _SCHEDULER)
    ).workload()
    scheduler = merged.at(_SCHEDULER)
    if scheduler is not None and as_text(scheduler.at("enabled")) == "true":
        its_own = tuple(each for road, each in odd if road[0] == _SCHEDULER)
        yield _Chart(scheduler, scheduler.place, "sombra-job-scheduler", "job-scheduler", its_own).workload()


@dataclass(frozen=True, slots=True)
class _Chart:
    """The values of one Deployment of the chart."""

    values: Node
    top: Place
    name: str
    role: Role
    odd: tuple[Oddity, ...]

    def workload(self) -> Workload:
        """What the chart renders."""
        values, layers = self.values, self._layers()
        scaled = values.at("autoscaling", "enabled") if self.role == "gateway" else None
        replicas = stated_int(values.at("replicaCount")) or Stated(1, self.top)
        return Workload(
            platform="Helm",
            kind="Deployment",
            name=self.name,
            role=self.role,
            place=self.top,
            environment=layers.effective((values.at("envs") or values).place),
            replacement=Replacement(overlaps=True, place=replicas.place, how="RollingUpdate by default"),
            replicas=replicas,
            image=_image(values),
            autoscaling=scaled.place if scaled is not None and scaled.content is True else None,
            service_account=_account(values),
            cloud_role=_role(values),
            probes=http_probes(values),
            secret_read_at=_secret_read(values),
            restarts_on_secret=restarts_by(values.at("podAnnotations")),
            grace_s=stated_int(values.at("terminationGracePeriodSeconds")),
            odd=(*self.odd, *layers.odd),
        )

    def _layers(self) -> Layers:
        """`envFrom` first; the chart then writes secrets, plain values, fields of the pod and two of its own."""
        layers = Layers()
        ContainerEnvironment(Objects(()), None, layers).lay(Node({"envFrom": self._at("envFrom")}, self.values.locate))
        for list_name in _NAMED:
            for entry in self._at(list_name).elements():
                _lay(layers, list_name, entry)
        own = {"IS_MULTI": ("isMultiTenant",), "DD_SERVICE_NAME": ("datadog", "serviceName")}
        for name, road in own.items():
            if (node := self.values.at(*road)) is not None:
                layers.lay(name, as_text(node), node.place, ".".join(road))
        return layers

    def _at(self, name: str) -> Node:
        return self.values.at(name) or Node([], self.values.locate)


def _lay(layers: Layers, list_name: str, entry: Node) -> None:
    name, value = as_text(entry.at("name")), entry.at("value")
    if list_name == "envs_field_ref":
        layers.lay(name, None, entry.place, "the running pod")
        return
    text = as_text(value) if value is None or is_scalar(value) else None
    layers.lay(name, text, (value or entry).place, list_name)


def _own_values(file: Node) -> Node:
    """The chart's values, also where they stand under its name in the values of a chart that contains it."""
    if not file.is_mapping:
        raise FileFault(file.place, "no values of a chart", "give the file that `helm --values` is given")
    names = dict(file.items())
    if _KNOWN & names.keys():
        return file
    inner = [node for node in names.values() if _KNOWN & dict(node.items()).keys()]
    return inner[0] if len(inner) == 1 else file


def _dropped(below: Node, above: Node) -> Iterator[tuple[Road, Oddity]]:
    """Entries of a list that a later file loses; what another list still names is not lost."""
    merged = overlaid(below, above)
    for road, lower, upper in replaced_lists(below, above):
        if road[-1] not in {*_NAMED, "envFrom"}:
            continue
        owner = merged.at(*road[:-1]) or merged
        kept = {name for each in _NAMED for name in _names(owner.at(each))} | set(_names(upper))
        lost = [name for name in _names(lower) if name not in kept and not _is_placeholder(name, lower)]
        if lost:
            told = ", ".join(name if road[-1] == "envFrom" else shown_name(name) for name in lost)
            message = f"Helm replaces lists whole: this {road[-1]} drops {told} of {lower.place.file}."
            yield road, Oddity("list-overlay", PlacedSighting(upper.place, message, "Repeat the entries here."))


def _is_placeholder(name: str, lower: Node) -> bool:
    """Whether the entry is the chart's own key, which must go."""
    return name == SIGNING_KEYS and is_chart_default(lower.place.file)


def _names(entries: Node | None) -> list[str]:
    named = [] if entries is None else list(entries.elements())
    return [
        as_text(entry.at("name") or entry.at("secretRef", "name") or entry.at("configMapRef", "name"))
        for entry in named
    ]


def _image(values: Node) -> Stated[str] | None:
    repository, tag = stated_text(values.at("image", "repository")), values.at("image", "tag")
    if repository is None or tag is None or not as_text(tag):
        return repository
    return Stated(f"{repository.value}:{as_text(tag)}", tag.place)


def _account(values: Node) -> Stated[str] | None:
    named = stated_text(values.at("serviceAccount", "name"))
    if named is not None and named.value:
        return named
    made = values.at("serviceAccount", "create")
    return Stated("(made by the chart)", made.place) if made is not None and made.content is True else None


def _role(values: Node) -> Stated[str] | None:
    return stated_text(values.at("serviceAccount", "annotations", "eks.amazonaws.com/role-arn"))


def _secret_read(values: Node) -> Place | None:
    """The list whose entries become a Secret, or the first Secret that is read whole."""
    made = values.at("envs_as_secret")
    if made is not None and list(made.elements()):
        return made.place
    named = values.at("envFrom")
    found = [entry.at("secretRef") for entry in (named.elements() if named else ())]
    return next((each.place for each in found if each is not None), None)
