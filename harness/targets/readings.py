"""Environments that are read once for a world and all its forks, however often a gateway starts in them.

A reading is a value that depends on the variables alone; keyrings and gateways are made anew from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.keyring import FurtherProviders
from fake_sombra.settings import Settings

_INSTANCE = "FAKE_SOMBRA_INSTANCE"
_Key = tuple[frozenset[tuple[str, str]], frozenset[str]]


@dataclass(slots=True)
class Readings:
    """What was read before, by variables and further providers; the name of the instance does not count."""

    _known: dict[_Key, Settings | ConfigurationRefused] = field(default_factory=dict, repr=False)

    def of(self, variables: Mapping[str, str], *, further: FurtherProviders = settings.NO_FURTHER) -> Settings:
        """What the gateway reads in an environment; raises `ConfigurationRefused`."""
        alike = frozenset((name, value) for name, value in variables.items() if name != _INSTANCE)
        key = (alike, frozenset(further))
        if key not in self._known:
            try:
                self._known[key] = settings.load(variables, further=further)
            except ConfigurationRefused as refused:
                self._known[key] = refused
        found = self._known[key]
        if isinstance(found, ConfigurationRefused):
            raise ConfigurationRefused(found.problems)
        instance = variables.get(_INSTANCE)
        aws = None if found.aws is None else replace(found.aws, instance=instance)
        return replace(found, instance=instance, aws=aws)
