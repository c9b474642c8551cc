"""Which keyring a boot gets, and what a Local boot does not pay for."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest

from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.settings import load
from tests.unit.fake_sombra.keyring.kms import FakeKms, run
from tests.unit.fake_sombra.settings.environment import ARN, aws, local


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


def test_a_local_boot_imports_nothing_of_aws() -> None:
    code = (
        "import sys; import fake_sombra.settings, fake_sombra.keyring.opening;"
        "sys.exit(bool({'boto3', 'botocore'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
