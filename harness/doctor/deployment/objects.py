"""The Kubernetes objects of the given files, found by kind and name; lists are opened, Kustomizations refused."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from harness.doctor.deployment.layers import as_text
from harness.doctor.reading import FileFault, Node, Place

_MOST = 10_000
_SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
Holder = Literal["Secret", "ConfigMap"]


class BadSecret(Exception):
    """A value under a Secret's `data` that is not base64 of text; Kubernetes refuses the first, Node the second."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place))
        self.place = place


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object and what names it; the namespace is None when the file leaves it to the command line."""

    kind: str
    name: str
    namespace: str | None
    node: Node

    def may_be(self, namespace: str | None) -> bool:
        """Whether it can be the one of a namespace."""
        return self.namespace is None or namespace is None or self.namespace == namespace


@dataclass(frozen=True)
class Objects:
    """Everything that was given."""

    all: tuple[KubernetesObject, ...]

    @classmethod
    def of(cls, trees: Iterable[Node]) -> Objects:
        """Collect the objects of documents; what has no kind is none."""
        seen: set[int] = set()
        found: list[KubernetesObject] = []
        for tree in trees:
            for each in _objects(tree, seen):
                found.append(each)
                if len(found) > _MOST:
                    action = "give the manifests of Sombra's own deployment"
                    raise FileFault(tree.place, f"more than {_MOST} objects", action)
        return cls(tuple(found))

    def named(self, kind: str, name: str, namespace: str | None) -> KubernetesObject | None:
        """The object of a kind and name; the last one given, as the last one applied."""
        found = [each for each in self._named.get((kind, name), ()) if each.may_be(namespace)]
        return found[-1] if found else None

    def of_kind(self, *kinds: str) -> Iterator[KubernetesObject]:
        """All objects of some kinds, in their order."""
        return (each for each in self.all if each.kind in kinds)

    @cached_property
    def scalers(self) -> Mapping[str, Sequence[KubernetesObject]]:
        """What scales something, by the name of what it scales."""
        found: dict[str, list[KubernetesObject]] = {}
        for each in self.of_kind(*_SCALERS):
            found.setdefault(each.node.text_at("spec", "scaleTargetRef", "name") or "", []).append(each)
        return found

    @cached_property
    def _named(self) -> dict[tuple[str, str], list[KubernetesObject]]:
        """All objects by kind and name, however many namespaces hold one."""
        found: dict[tuple[str, str], list[KubernetesObject]] = {}
        for each in self.all:
            found.setdefault((each.kind, each.name), []).append(each)
        return found


def held(holder: KubernetesObject) -> Iterator[tuple[str, Node]]:
    """The keys of a Secret or ConfigMap and where their values stand; `stringData` lies over `data`."""
    roads = ("data", "stringData") if holder.kind == "Secret" else ("data",)
    parts = [part for road in roads if (part := holder.node.at(road)) is not None]
    return iter({name: node for part in parts for name, node in part.items()}.items())


def held_text(holder: KubernetesObject, key: str) -> str:
    """The text of one key; raises `BadSecret` for what is not base64 of text."""
    plain = holder.node.at("stringData", key)
    if holder.kind != "Secret" or plain is not None:
        return as_text(plain or holder.node.at("data", key))
    node = holder.node.at("data", key)
    text = as_text(node)
    if "{{" in text:
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadSecret(node.place if node is not None else holder.node.place) from None


def _objects(tree: Node, seen: set[int]) -> Iterator[KubernetesObject]:
    """The objects of a document; one that an anchor shares is one object."""
    kind = tree.text_at("kind")
    if kind is None or id(tree) in seen:
        return
    seen.add(id(tree))
    if kind == "Kustomization" and (tree.text_at("apiVersion") or "").startswith("kustomize.config.k8s.io"):
        raise FileFault(tree.place, "a Kustomization that is not built", "give the output of `kubectl kustomize`")
    items = tree.at("items")
    if kind.endswith("List") and items is not None:
        for item in items.elements():
            yield from _objects(item, seen)
        return
    name = tree.at("metadata", "name")
    yield KubernetesObject(kind, as_text(name), tree.text_at("metadata", "namespace"), tree)
