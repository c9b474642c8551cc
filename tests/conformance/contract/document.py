"""The OpenAPI document of the customer ingress, as the gateway serves it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import yaml

DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(
    files("fake_sombra.gateway").joinpath("openapi.yaml").read_text("utf-8")
)
