"""Which steps of the shipped scenarios cite which claims: read from their source, for a step runs only in a world."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from harness.catalogue import PACKAGE


class NotSpelledOut(ValueError):
    """A step that cites claims builds one of its texts at run time, so no page can name it."""


@dataclass(frozen=True, slots=True)
class CitedStep:
    """One step that cites claims, and the scenario (or shared function) in which it stands."""

    scenario: str
    step: str
    title: str
    claims: tuple[str, ...]


def shipped_steps() -> tuple[CitedStep, ...]:
    """Every citing step of the package `scenarios`, in the order of its modules."""
    package = importlib.import_module(PACKAGE)
    modules = [importlib.import_module(f"{PACKAGE}.{each.name}") for each in pkgutil.iter_modules(package.__path__)]
    return tuple(step for module in modules for step in steps_in(inspect.getsource(module), where=module.__name__))


def steps_in(source: str, *, where: str) -> Iterator[CitedStep]:
    """The citing steps of one module; its private functions belong to its one scenario. Raises `NotSpelledOut`."""
    functions = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    named = [name for name in map(_scenario_name, functions) if name]
    for function in functions:
        is_part = function.name.startswith("_") and len(named) == 1
        owner = named[0] if is_part else _scenario_name(function) or function.name
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _is_step(call) and (claims := _keyword(call, "claims")) is not None:
                yield _cited(call, claims, owner=owner, where=where)


def _cited(call: ast.Call, claims: ast.expr, *, owner: str, where: str) -> CitedStep:
    try:
        step, title = (ast.literal_eval(argument) for argument in call.args)
        return CitedStep(owner, step, title, tuple(ast.literal_eval(claims)))
    except ValueError as error:
        raise NotSpelledOut(
            f"{where}:{call.lineno}: a step that cites claims needs literal id, title and claims; spell them out"
        ) from error


def _scenario_name(function: ast.FunctionDef) -> str | None:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "scenario":
            return str(ast.literal_eval(decorator.args[0]))
    return None


def _is_step(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "step" and len(call.args) == 2


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
