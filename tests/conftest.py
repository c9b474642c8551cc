"""What holds for every test: it reaches no host but this machine's loopback, and no example has a deadline."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace

import botocore.endpoint
import botocore.session
import pytest
from hypothesis import settings

from tests.network_guard import loopback_only

gc.set_threshold(200_000, 50, 100)  # as the command line has it

# What an image may set and an operator's shell does not: output that fails then fails at once, and not at the end.
os.environ.pop("PYTHONUNBUFFERED", None)

# Nor this: hundreds of processes are started, and each would compile our modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell has its background jobs ignore Ctrl-C, and all that they start; here it means what it means to an operator.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How fast an example runs is the machine's affair; on CI Hypothesis' own profile of that name draws the same ones.
settings.register_profile("no-deadline", settings(), deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """For the whole run; subprocesses have guards of their own: they are started with loopback addresses."""
    with loopback_only():
        yield


@pytest.fixture(scope="session", autouse=True)
def _read_by_boto_once() -> Iterator[None]:
    """Each session of boto3 reads a megabyte of its own data files, and a program makes one; a test run, hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_pause_between_the_tries_of_boto() -> Iterator[None]:
    """In this process; how often it tries is tested, how long it waits in between is not ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
        patch.setattr("botocore.retries.bucket.TokenBucket._sleep_amount", lambda *_: 0)
        yield


def pytest_collection_finish() -> None:
    """Ten thousand collected tests live to the end: no collection of garbage need look at them again."""
    gc.freeze()
