"""One resource as a plan changes it: what it is today, what it will be, and what is known only after the apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.doctor.effective import NotInTheFiles
from harness.doctor.reading import Node, Place, Stated, stated_int, stated_text

_LONGEST = 300
_ASK_AFTERWARDS = "Run `doctor` again on the next plan, when this one is applied, or give the file that holds it."


@dataclass(frozen=True)
class Change:
    """An entry of `resource_changes` or `resource_drift`."""

    node: Node

    @cached_property
    def address(self) -> str:
        """Where the configuration holds it, such as `module.sombra.aws_kms_key.key[0]`."""
        stated = self.node.text_at("address") or "(no address)"
        return stated if len(stated) <= _LONGEST else f"{stated[:_LONGEST]}…"

    @cached_property
    def kind(self) -> str:
        """The type of the resource."""
        return self.node.text_at("type") or ""

    @cached_property
    def module(self) -> str:
        """The address of its module; empty for the root."""
        return self.node.text_at("module_address") or ""

    @property
    def place(self) -> Place:
        """Where it is named."""
        return (self.node.at("address") or self.node).place

    @cached_property
    def actions(self) -> frozenset[str]:
        """Of `no-op`, `create`, `read`, `update`, `delete`, `forget`; two of them are a replacement."""
        stated = self.node.at("change", "actions")
        return frozenset(each.text or "" for each in (stated.elements() if stated is not None else ()))

    @property
    def reason(self) -> str:
        """Why Terraform acts, as far as it says so."""
        return self.node.text_at("action_reason") or ""

    @property
    def is_deleted(self) -> bool:
        """It goes, and nothing takes its place."""
        return "delete" in self.actions and "create" not in self.actions

    @property
    def is_replaced(self) -> bool:
        """It goes, and another one takes its place."""
        return {"delete", "create"} <= self.actions

    @property
    def before(self) -> Node | None:
        """What it is today; None when there is none."""
        return self.node.at("change", "before")

    @property
    def after(self) -> Node | None:
        """What it will be, as far as that is known; None when it goes."""
        return self.node.at("change", "after")

    def is_unknown(self, *road: str | int) -> bool:
        """Whether an attribute is known only after the apply."""
        here = self.node.at("change", "after_unknown")
        for step in road:
            if here is None or here.content is True:
                break
            here = here.at(step)
        return here is not None and here.content is True

    def will_be(self, *road: str | int) -> Node | None:
        """An attribute after the apply, None where it has none; raises `NotInTheFiles` when it is not known yet."""
        if self.is_unknown(*road):
            raise self.not_yet(*road)
        return self.after.at(*road) if self.after is not None else None

    def not_yet(self, *road: str | int) -> NotInTheFiles:
        """The question that stays open about an attribute."""
        name = ".".join(map(str, road))
        mark = self.node.at("change", "after_unknown", *road) or self.node
        why = f"{name} of {self.address} is known only after the apply"
        return NotInTheFiles(name, why=why, place=mark.place, action=_ASK_AFTERWARDS)


@dataclass(frozen=True)
class Changes:
    """All changes of a plan that can matter, found by the type of their resource."""

    all: tuple[Change, ...] = ()

    def of(self, *kinds: str) -> Iterator[Change]:
        """Those of some types, type by type."""
        return (each for kind in kinds for each in self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for each in self.all:
            found.setdefault(each.kind, []).append(each)
        return found


def text_of(node: Node | None) -> str:
    """A string, empty for everything else."""
    return (node.text or "") if node is not None else ""


def flag_of(node: Node | None) -> bool | None:
    """A boolean, also one that a variable without a type holds as text."""
    content = node.content if node is not None else None
    if isinstance(content, str):
        return {"true": True, "false": False}.get(content.strip().lower())
    return content if isinstance(content, bool) else None


def number_of(node: Node | None) -> Stated[int] | None:
    """A whole number, also one that a variable without a type holds as text."""
    stated = stated_text(node)
    if stated is not None and stated.value.isascii() and stated.value.isdigit() and len(stated.value) < 10:
        return Stated(int(stated.value), stated.place)
    return stated_int(node)
