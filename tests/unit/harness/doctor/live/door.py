"""The strict front over HTTP as `doctor --live` meets it: this shell points there, with credentials of no account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_sombra.kms import Kms
from fake_sombra.kms.faults.spec import parse
from tests.unit.fake_sombra.kms.bench import ARN, REGION, HttpDoor, http_door, new_kms

SECRET = "planted-secret-access-key-0123456789abcd"
ENVIRON = {
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": "planted-session-token",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_OTHERS = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_REGION", "AWS_ROLE_ARN",
    "AWS_DEFAULT_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CA_BUNDLE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY",
)  # fmt: skip


@pytest.fixture(scope="session")
def served() -> Iterator[HttpDoor]:
    with http_door() as door:
        yield door


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a shell with credentials and no way to AWS."""
    for name in _OTHERS:
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    return monkeypatch


@pytest.fixture
def door(served: HttpDoor, shell: pytest.MonkeyPatch) -> Kms:
    """A fresh KMS behind the door; its keys are those of the bench."""
    served(new_kms(), REGION).close()
    served.kms.set_state(ARN, "Enabled")
    shell.setenv("AWS_ENDPOINT_URL_KMS", served.address)
    return served.kms


def arrange(kms: Kms, done: tuple[tuple[str, ...], ...]) -> None:
    """Do to a KMS what a fixture says: `faults` takes a spec, everything else is one of its methods."""
    for name, *arguments in done:
        if name == "faults":
            kms.faults.add(parse(*arguments))
        else:
            getattr(kms, name)(*arguments)
