"""Which files each flag takes, how many and how large, and what of them the deployment's rules are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.doctor.deployment.compose_files import compose_workloads
from harness.doctor.deployment.ecs_files import ecs_workloads
from harness.doctor.deployment.examination import examine_fleet
from harness.doctor.deployment.helm import helm_workloads
from harness.doctor.deployment.manifests import kubernetes_workloads
from harness.doctor.deployment.objects import Objects
from harness.doctor.inputs import Reading
from harness.doctor.reading import FileFault, Node, Place, json_tree, read, yaml_trees
from harness.doctor.reading.file import MIB

_LIMIT = 16 * MIB
_LARGEST_TOGETHER = 64 * MIB
_MOST_FILES = 2_000
_MOST_DOCUMENTS = 64
_MOST_ENTRIES = 20_000
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def values(paths: tuple[str, ...], reading: Reading) -> None:
    """Values files of the public chart, merged in their order."""
    files = [tree for path in paths for tree in _few(path, "values file", most=1)]
    if not files:
        raise FileFault(Place(paths[0]), "empty", "give the values file of your release")
    examine_fleet(tuple(helm_workloads(files)), reading)


def manifests(paths: tuple[str, ...], reading: Reading) -> None:
    """Rendered manifests: files, and folders of them."""
    trees: list[Node] = []
    size = 0
    for path in _opened(paths):
        text = read(path, limit=_LIMIT, what="manifest")
        size += len(text)
        if size > _LARGEST_TOGETHER:
            cause = f"more than {_LARGEST_TOGETHER // MIB} MiB of manifests together"
            raise FileFault(Place(path), cause, "give the deployment's own manifests")
        trees += _parsed(text, path)
    examine_fleet(tuple(kubernetes_workloads(Objects.of(trees))), reading, nowhere=Place(paths[0]))


def compose(paths: tuple[str, ...], reading: Reading) -> None:
    """Compose files, a later one over an earlier."""
    files = [tree for path in paths for tree in _few(path, "compose file", most=_MOST_DOCUMENTS)]
    if not files:
        raise FileFault(Place(paths[0]), "empty", "give a compose file")
    examine_fleet(tuple(compose_workloads(files)), reading, nowhere=Place(paths[0]))


def ecs(paths: tuple[str, ...], reading: Reading) -> None:
    """Task definitions, and the services that run them."""
    documents = [json_tree(read(path, limit=_LIMIT, what="task definition"), path=path) for path in paths]
    examine_fleet(tuple(ecs_workloads(documents)), reading, nowhere=Place(paths[0]))


def _few(path: str, what: str, *, most: int) -> tuple[Node, ...]:
    """The documents of a file that holds one, or some; Helm takes the first of a values file and says nothing."""
    trees = _parsed(read(path, limit=_LIMIT, what=what), path)
    if len(trees) > most:
        action = f"give each {what} as a file of its own, in their order"
        raise FileFault(trees[most].place, f"more than {most} document{'s' * (most > 1)} in a {what}", action)
    return trees


def _parsed(text: str, path: str) -> tuple[Node, ...]:
    return (json_tree(text, path=path),) if path.endswith(".json") else yaml_trees(text, path=path)


def _opened(paths: tuple[str, ...]) -> Iterator[str]:
    """Folders as the manifests in them, in the order of their names."""
    count = 0
    for path in paths:
        inside: list[Path] | list[str] = _inside(path) if _folder(path) else [path]
        if not inside:
            raise FileFault(Place(path), "a folder without manifests", "name the folder with the rendered YAML")
        for each in inside:
            count += 1
            if count > _MOST_FILES:
                raise FileFault(Place(path), f"more than {_MOST_FILES} files", "give the deployment's own manifests")
            yield str(each)


def _inside(folder: str) -> list[Path]:
    """The manifests below a folder; a root of a whole disk is not walked to its end."""
    found = []
    for count, each in enumerate(Path(folder).rglob("*"), start=1):
        if count > _MOST_ENTRIES:
            cause = f"a folder with more than {_MOST_ENTRIES} entries"
            raise FileFault(Place(folder), cause, "name the folder with the rendered YAML")
        if each.suffix in _SUFFIXES:
            found.append(each)
    return sorted(found)


def _folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False
