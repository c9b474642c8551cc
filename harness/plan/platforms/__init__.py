"""The platforms a plan can be written for, by the name of their flag."""

from collections.abc import Mapping
from types import MappingProxyType

from harness.plan.platforms.compose import compose
from harness.plan.platforms.docker import docker
from harness.plan.platforms.ecs import ecs
from harness.plan.platforms.kubernetes import kubernetes
from harness.plan.platforms.platform import Files, Maker, Platform
from harness.plan.platforms.terraform import terraform

PLATFORMS: Mapping[str, Maker] = MappingProxyType(
    {"kubernetes": kubernetes, "ecs": ecs, "terraform": terraform, "compose": compose, "docker": docker}
)

__all__ = ["PLATFORMS", "Files", "Maker", "Platform"]
