"""How a LocalStack is found or started, waited for and stopped: on loopback only, without a container or a token."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import IO, Any, Final

from localstack_client.session import Session

from harness.targets.child import free_port
from harness.targets.localstack.installation import Installation, Unavailable, installed

HOST_VARIABLE: Final = "LOCALSTACK_HOST"
START_DEADLINE_S: Final = 60.0
STOP_DEADLINE_S: Final = 3.0  # at times it does not end by itself; nothing in it is worth waiting for
_PORT: Final = 4566
_PAUSE_S: Final = 0.05
_HEALTH_S: Final = 5.0
_KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A LocalStack whose KMS answers; `host` is spelled as LocalStack's own tools want it."""

    host: str
    version: str

    @property
    def url(self) -> str:
        """Its one endpoint."""
        return f"http://{self.host}"

    def client(
        self,
        *,
        region: str,
        account: str = "test",
        config: Any = None,
        secret: str = "test",  # noqa: S107  # LocalStack checks none
        token: str | None = None,
    ) -> Any:
        """A KMS client; an access key of twelve digits is an account to LocalStack."""
        session = Session(
            aws_access_key_id=account,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=region,
            localstack_host=self.host,
        )
        return session.client("kms", config=config)


@contextmanager
def neighbour(environ: Mapping[str, str] = os.environ) -> Iterator[LocalStack]:
    """The LocalStack that LOCALSTACK_HOST names, or one that lives as long as the block; raises `Unavailable`."""
    named = environ.get(HOST_VARIABLE)
    if named:
        yield _running(named)
        return
    with _started(installed(environ)) as own:
        yield own


def _running(named: str) -> LocalStack:
    host = named if ":" in named else f"{named}:{_PORT}"
    version = version_at(host)
    if version is None:
        raise Unavailable(f"{HOST_VARIABLE} names {host}, where no LocalStack with a KMS answers; start it or unset it")
    return LocalStack(host, version)


@contextmanager
def _started(installation: Installation) -> Iterator[LocalStack]:
    host = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            (str(installation.python), "-m", "localstack.runtime.main"),
            env=_environment(installation, host),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the harness alone, which then stops what it started
        )
        try:
            found = LocalStack(host, _awaited(process, host, said))
            found.client(region="us-east-1").list_keys(Limit=1)  # the first call reads the service catalogue
            yield found
        finally:
            _stop(process)


def _environment(installation: Installation, host: str) -> dict[str, str]:
    """Why each of these: kms.md, 7.1. hypercorn binds loopback alone; the last three stop calls to the outside."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(installation.state),
        "SERVICES": "kms",
        "GATEWAY_SERVER": "hypercorn",
        "GATEWAY_LISTEN": host,
        "LOCALSTACK_HOST": host,
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
    }


def _awaited(process: subprocess.Popen[bytes], host: str, said: IO[str]) -> str:
    """The version, once its KMS is available."""
    deadline = time.monotonic() + START_DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline:
        version = version_at(host)
        if version is not None:
            return version
        time.sleep(_PAUSE_S)
    ended = f"ended with exit code {process.returncode}" if process.poll() is not None else "did not become healthy"
    said.seek(0)
    last = " ".join(said.read().split())[-300:]
    raise Unavailable(f"LocalStack {ended}: {last or 'it said nothing'}")


def version_at(host: str) -> str | None:
    """The version of the LocalStack that answers there with a KMS; None when there is none (yet)."""
    try:
        connection = HTTPConnection(host, timeout=_HEALTH_S)
        try:
            connection.request("GET", "/_localstack/health")
            document = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        has_kms = document["services"].get("kms") in {"available", "running"}
        return str(document["version"]) if has_kms else None
    except (OSError, HTTPException, ValueError, TypeError, KeyError, AttributeError):
        return None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL to its own process group past the deadline."""
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
