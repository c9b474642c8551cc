"""How a plan's configuration calls its modules and providers, and what the arguments amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from harness.doctor.reading import Node, Place

Origin = Literal["argument", "variable", "default"]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a module: its value, None where an expression makes it; `source` is the root variable it is."""

    origin: Origin
    node: Node | None
    place: Place
    source: str = ""


@dataclass(frozen=True)
class ModuleCall:
    """A module as its caller calls it."""

    address: str
    node: Node
    caller: ModuleCall | None
    inputs: Mapping[str, Node] = field(repr=False)

    @property
    def place(self) -> Place:
        """Where it is called."""
        return self.node.place

    def declares(self, name: str) -> bool:
        """Whether the module has a variable of a name."""
        variables = self.node.at("module", "variables")
        return variables is not None and name in dict(variables.items())

    def default(self, name: str) -> Node | None:
        """What the module takes when its caller says nothing."""
        return self.node.at("module", "variables", name, "default")

    def argument(self, name: str) -> Argument:
        """What a variable of the module amounts to."""
        stated = self.node.at("expressions", name)
        if stated is None or (stated.at("constant_value") is None and "constant_value" in dict(stated.items())):
            default = self.default(name)
            return Argument("default", default, (default or self.node).place)
        constant = stated.at("constant_value")
        if constant is not None:
            return Argument("argument", constant, constant.place)
        variable = _sole_variable(stated)
        if not variable:
            return Argument("argument", None, stated.place)
        if self.caller is not None:
            return self.caller.argument(variable)
        given = self.inputs.get(variable)
        return Argument("variable", given, (given or stated).place, variable)


@dataclass(frozen=True)
class Configuration:
    """The part of a plan that repeats its configuration; `inputs` are the values of the root's variables."""

    node: Node | None = None
    inputs: Mapping[str, Node] = field(default_factory=dict, repr=False)

    @cached_property
    def calls(self) -> tuple[ModuleCall, ...]:
        """Every module that is called, an outer one before those within it."""
        return tuple(self._called())

    def _called(self) -> Iterator[ModuleCall]:
        root = self.node.at("root_module") if self.node is not None else None
        waiting: list[tuple[Node, ModuleCall | None]] = [(root, None)] if root is not None else []
        while waiting:
            module, caller = waiting.pop(0)
            called = module.at("module_calls")
            for name, node in called.items() if called is not None else ():
                prefix = f"{caller.address}." if caller is not None else ""
                call = ModuleCall(f"{prefix}module.{name}", node, caller, self.inputs)
                yield call
                if (inner := node.at("module")) is not None:
                    waiting.append((inner, call))

    def root_default(self, name: str) -> Node | None:
        """What a variable of the root is when nobody gives it."""
        return self.node.at("root_module", "variables", name, "default") if self.node is not None else None

    def region(self, module: str, kind: str, name: str) -> Node | None:
        """The region of the provider that keeps a resource; None where the configuration does not say it."""
        key = self._provider_keys.get((_without_keys(module), kind, name))
        provider = self.node.at("provider_config", key) if self.node is not None and key is not None else None
        stated = provider.at("expressions", "region") if provider is not None else None
        if stated is None:
            return None
        return stated.at("constant_value") or self.inputs.get(_sole_variable(stated))

    @cached_property
    def _provider_keys(self) -> dict[tuple[str, str, str], str]:
        """Which provider keeps a resource, by its module, type and name."""
        root = self.node.at("root_module") if self.node is not None else None
        found: dict[tuple[str, str, str], str] = {}
        for address, module in (("", root), *((call.address, call.node.at("module")) for call in self.calls)):
            listed = module.at("resources") if module is not None else None
            for each in listed.elements() if listed is not None else ():
                identity = (address, each.text_at("type") or "", each.text_at("name") or "")
                found[identity] = each.text_at("provider_config_key") or ""
        return found


def _sole_variable(expression: Node) -> str:
    """The variable that an expression refers to and nothing else; empty when there is more to it."""
    references = expression.at("references")
    named = [each.text or "" for each in (references.elements() if references is not None else ())]
    return named[0].removeprefix("var.") if len(named) == 1 and named[0].startswith("var.") else ""


def _without_keys(address: str) -> str:
    """The address of a module without the keys of its instances: `module.a["x.y"]` is `module.a`."""
    kept, depth, quoted = [], 0, False
    for letter in address:
        quoted = quoted != (letter == '"')
        if not quoted and letter == "[":
            depth += 1
        if not depth:
            kept.append(letter)
        if not quoted and letter == "]":
            depth -= 1
    return "".join(kept)
