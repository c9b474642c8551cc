"""Which keyring a boot gets, and what a Local boot does not pay for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

import pytest

from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.settings import load
from tests.unit.fake_sombra.keyring.kms import FakeKms, refusal, run
from tests.unit.fake_sombra.settings.environment import ARN, aws, local


def _sevens(size: int) -> bytes:
    return b"7" * size


@pytest.mark.parametrize("leftover", [None, "", ARN])
def test_local_gets_the_local_keyring_whatever_arn_is_left_over(leftover: str | None) -> None:
    settings = load(local(AWS_KMS_KEY_ARN=leftover))

    keyring = open_keyring(settings, random=bytes, warn=lambda _: None, kms_client=FakeKms())

    assert isinstance(keyring, LocalKeyring)
    assert keyring.label.key == settings.key_sets.first.fingerprint


def test_aws_gets_the_aws_keyring_over_the_client_that_is_given() -> None:
    kms = FakeKms()

    with closing(open_keyring(load(aws()), random=bytes, warn=lambda _: None, kms_client=kms)) as keyring:
        made = run(keyring.generate())

        assert isinstance(keyring, AwsKeyring)
        assert (made.wrapped.label.provider, made.wrapped.label.key) == ("AWS", ARN)
        assert kms.methods() == ["generate_random", "encrypt"]


def test_a_keyring_is_handed_the_organization_the_randomness_and_whom_to_warn() -> None:
    warned: list[str] = []
    kms = FakeKms(raises={"generate_random": refusal("AccessDeniedException")})

    with closing(open_keyring(load(aws()), random=_sevens, warn=warned.append, kms_client=kms)) as keyring:
        assert run(keyring.generate()).plaintext == _sevens(32)
    assert len(warned) == 1
    bound = load(aws(FAKE_SOMBRA_KMS_CONTEXT="context", ORGANIZATION_URI="acme"))
    with closing(open_keyring(bound, random=_sevens, warn=warned.append, kms_client=kms)) as keyring:
        run(keyring.generate())
    assert kms.calls[-1][1]["EncryptionContext"]["tenant"] == "acme"
    assert run(open_keyring(load(local()), random=_sevens, warn=warned.append).generate()).plaintext == _sevens(32)


def test_a_further_provider_is_opened_by_its_own_settings_with_the_randomness() -> None:
    handed: list[object] = []
    kept = LocalKeyring(load(local()).key_sets, random=_sevens)

    class Further:
        def keyring(self, *, random: Callable[[int], bytes]) -> LocalKeyring:
            handed.append(random)
            return kept

    settings = load(local(KMS_PROVIDER="further"), further={"further": lambda _: Further()})

    assert open_keyring(settings, random=_sevens, warn=lambda _: None) is kept
    assert handed == [_sevens]


def test_a_local_boot_imports_nothing_of_aws() -> None:
    code = (
        "import sys; import fake_sombra.settings, fake_sombra.keyring.opening;"
        "sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
