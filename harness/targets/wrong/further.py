"""Wrong ways to meet a KMS provider that nobody planned for."""

from __future__ import annotations

from typing import Any

from fake_sombra import settings as environment
from fake_sombra.gateway import boot
from fake_sombra.keyring import Keyring
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.settings import Settings
from harness.mutants.mutant import Patches, mutant


@mutant("unplanned-provider-is-local", breaks="G-26", killed_by="further-provider-generalises")
def unplanned_provider_is_local(patches: Patches) -> None:
    """A provider for which there is no branch falls through to Local, and nothing says so."""

    def around(original: Any) -> Any:
        def opening(settings: Settings, **given: Any) -> Keyring:
            if settings.further is not None:
                return LocalKeyring(settings.key_sets, random=given["random"])
            opened: Keyring = original(settings, **given)
            return opened

        return opening

    patches.wrap(boot, "open_keyring", around)


@mutant("unplanned-provider-refused", breaks="G-26", killed_by="further-provider-generalises")
def unplanned_provider_refused(patches: Patches) -> None:
    """A fixed list of two providers decides who may start, whatever adapters there are."""
    patches.wrap(environment, "load", lambda original: lambda environ, **_: original(environ))
