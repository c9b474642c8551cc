"""How the operator's files are read so that every value still knows its line and column."""

from harness.doctor.reading.file import FileFault, read
from harness.doctor.reading.json_pieces import JsonPieces
from harness.doctor.reading.json_tree import json_inside, json_tree
from harness.doctor.reading.node import Node, Place
from harness.doctor.reading.stated import Stated, stated_int, stated_text
from harness.doctor.reading.yaml_tree import yaml_trees

__all__ = [
    "FileFault",
    "JsonPieces",
    "Node",
    "Place",
    "Stated",
    "json_inside",
    "json_tree",
    "read",
    "stated_int",
    "stated_text",
    "yaml_trees",
]
