"""The world as containers: needs an engine, the project's image and the extra `containers`."""

from harness.targets.container.engine import Engine, NoEngine
from harness.targets.container.localstack import contained
from harness.targets.container.service import Service
from harness.targets.container.world import Containers, ContainerWorld

__all__ = ["ContainerWorld", "Containers", "Engine", "NoEngine", "Service", "contained"]
