"""What is copied to be changed: the tracked tree, with a configuration for one part, its checks undecorated."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any


def copied(root: Path, place: Path, *, part: str) -> Path:
    """Copy the tree as it stands and write mutmut's configuration for one part."""
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (root / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, place / name)
    settings: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["mutation"]
    (place / "setup.cfg").write_text(_configuration(settings["parts"][part], settings["unchanged"]), encoding="utf-8")
    for path in (place / "harness" / "checks").glob("*.py"):
        path.write_text(undecorated(path.read_text("utf-8")), encoding="utf-8")
    return place


def _configuration(part: dict[str, list[str]], unchanged: list[str]) -> str:
    lists = {
        "source_paths": ["fake_sombra", "harness"],
        "only_mutate": part["change"],
        "do_not_mutate_patterns": unchanged,
        "also_copy": ["scenarios", "docs", "README.md", "CHANGELOG.md"],
        "pytest_add_cli_args": ["-p", "no:randomly", "-q"],
        "pytest_add_cli_args_test_selection": part["tests"],
    }
    lines = ["[mutmut]", "use_git_change_detection = false"]
    for name, values in lists.items():
        lines += [f"{name} =", *(f"    {value}" for value in values)]
    return "\n".join(lines) + "\n"


def undecorated(source: str) -> str:
    """A module whose functions are decorated after they are made: mutmut leaves decorated ones alone."""
    lines = source.splitlines()
    found = [
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.FunctionDef)
        and any(isinstance(one, ast.Call) and ast.unparse(one.func) == "check" for one in each.decorator_list)
    ]
    for function in reversed(found):
        made = ast.unparse(function.decorator_list[0])
        start, end = function.decorator_list[0].lineno - 1, function.end_lineno or function.lineno
        lines[end:end] = ["", "", f"{function.name} = {made}({function.name})"]
        del lines[start : function.lineno - 1]
    return "\n".join(lines) + "\n"
