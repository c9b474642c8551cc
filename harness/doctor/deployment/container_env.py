"""How Kubernetes makes a container's environment: `envFrom` in order, then `env` over it, then `$(NAME)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.doctor.deployment.layers import Layers, as_text, is_scalar
from harness.doctor.deployment.objects import BadSecret, Holder, KubernetesObject, Objects, held, held_text
from harness.doctor.reading import Node, Place
from harness.environment import shown_name

_ENV_FROM: dict[str, Holder] = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
_VALUE_FROM: dict[str, Holder] = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}
_LONGEST = 128 * 1024
"""Linux gives a process no longer variable."""
_REFERENCE = re.compile(r"\$(?:\$|\((?P<name>[^()\s]+)\))")


@dataclass(slots=True)
class ContainerEnvironment:
    """One container's layers while they are laid."""

    objects: Objects
    namespace: str | None
    layers: Layers

    def lay(self, container: Node) -> None:
        """Lay everything the container states."""
        for entry in _entries(container, "envFrom"):
            self._lay_all(entry)
        for entry in _entries(container, "env"):
            self._lay_one(entry)

    def _lay_all(self, entry: Node) -> None:
        prefix = as_text(entry.at("prefix"))
        for reference, kind in _ENV_FROM.items():
            name = entry.at(reference, "name")
            if name is None:
                continue
            holder = self.objects.named(kind, as_text(name), self.namespace)
            if holder is None:
                self.layers.leave_open(name.place)
                continue
            for key, node in held(holder):
                self.layers.lay(prefix + key, self._text(holder, key), node.place, f"{kind} {holder.name}")

    def _lay_one(self, entry: Node) -> None:
        name = as_text(entry.at("name"))
        source = entry.at("valueFrom")
        if source is not None:
            self._lay_reference(name, source)
            return
        value = entry.at("value")
        place = (value or entry).place
        if value is not None and value.text is None:
            self._refuse_type(name, value)
        expanded = self._expand(as_text(value)) if value is None or is_scalar(value) else None
        self.layers.lay(name, expanded, place, "env")

    def _lay_reference(self, name: str, source: Node) -> None:
        for reference, kind in _VALUE_FROM.items():
            asked = source.at(reference)
            if asked is None:
                continue
            key, optional = as_text(asked.at("key")), as_text(asked.at("optional")) == "true"
            holder = self.objects.named(kind, as_text(asked.at("name")), self.namespace)
            if holder is None:
                self.layers.lay(name, None, asked.place, f"{kind} {as_text(asked.at('name'))}")
            elif key in (found := dict(held(holder))):
                self.layers.lay(name, self._text(holder, key), found[key].place, f"{kind} {holder.name}")
            elif not optional:
                self._refuse_reference(name, holder, asked.place)
            return
        self.layers.lay(name, None, source.place, "the running pod")

    def _text(self, holder: KubernetesObject, key: str) -> str | None:
        try:
            return held_text(holder, key)
        except BadSecret as bad:
            message = f"A value of Secret {holder.name} under `data` is not base64 of UTF-8 text."
            self.layers.note("secret-malformed", bad.place, message, "Encode it, or move it to `stringData`.")
            return None

    def _expand(self, value: str) -> str | None:
        """`$(NAME)` of what is laid already; an unknown name stays as it is written, `$$` is a dollar sign.

        None where the value is not in the files, or grows beyond what a process can be given.
        """
        hidden, size = False, len(value)

        def replaced(match: re.Match[str]) -> str:
            nonlocal hidden, size
            if match["name"] is None:
                return "$"
            known = self.layers.settings.get(match["name"])
            if known is None:
                return match[0]
            size += len(known.value or "")
            hidden = hidden or known.value is None or size > _LONGEST
            return "" if hidden else known.value or ""

        expanded = _REFERENCE.sub(replaced, value)
        return None if hidden else expanded

    def _refuse_type(self, name: str, value: Node) -> None:
        kind = "a boolean" if isinstance(value.content, bool) else "no text"
        message = f"The value of {shown_name(name)} is {kind} to YAML; Kubernetes takes only strings here."
        self.layers.note("value-not-a-string", value.place, message, "Put it in quotes.")

    def _refuse_reference(self, name: str, holder: KubernetesObject, place: Place) -> None:
        message = f"{shown_name(name)} is taken from a key that {holder.kind} {holder.name} does not have."
        self.layers.note("reference-missing", place, message, f"Add the key to the {holder.kind}, or correct its name.")


def _entries(container: Node, name: str) -> tuple[Node, ...]:
    found = container.at(name)
    return tuple(each for each in found.elements() if each.is_mapping) if found is not None else ()
