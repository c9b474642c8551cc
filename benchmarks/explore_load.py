"""How fast walks are taken and states searched, and what the bare cryptography of a step costs; by processor time."""

from __future__ import annotations

import gc
import hmac
import time

import boto3
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from moto import mock_aws

from benchmarks.options import BenchmarkFailed
from harness.explore.environments import common
from harness.explore.exhaustive.search import search
from harness.explore.exhaustive.space import Space
from harness.explore.search import Budget, explore
from harness.explore.session import Session
from harness.progress import Silent
from harness.targets import exploring

ARTIFACTS = 8
"""About as many as lie in an explored world on average."""

CLASSES = 4
"""Classes whose context the KMS opens at each look."""

_WALKS, _STEPS, _SEED, _DEPTH = 120, 50, 7, 10


def steps_per_second(provider: str) -> float:
    """Steps a second of one core while a provider lives, everything compared as `explore` does."""
    _as_the_command_does()
    with exploring("inprocess", audience=common()["ORGANIZATION_URI"]) as target:
        session = Session(target)
        explore(session, Budget(_WALKS // 6, _STEPS, _SEED + 1), progress=Silent())  # first uses of everything
        session = Session(target, session.secrets)
        explored = explore(session, Budget(_WALKS, _STEPS, _SEED), progress=Silent())
    if explored.failure is not None or not session.steps[provider]:
        raise BenchmarkFailed("the exploration found a difference, or took no step; run `explore` and mend that first")
    return session.rate(provider)


def bare_steps_per_second(*, seconds: float) -> float:
    """Steps that only unwrap a key by AES-KW and verify an HS384 signature for each artifact, and do nothing else."""
    kek, mac, token = b"k" * 32, b"m" * 48, b"t" * 400
    wrapped, signature = aes_key_wrap(kek, b"c" * 32), hmac.digest(b"m" * 48, b"t" * 400, "sha384")
    count, began = 0, time.thread_time()
    while (took := time.thread_time() - began) < seconds:
        for _ in range(ARTIFACTS):
            aes_key_unwrap(kek, wrapped)
            if not hmac.compare_digest(hmac.new(mac, token, "sha384").digest(), signature):
                raise BenchmarkFailed("a signature does not verify")
        count += 1
    return count / took


def bare_kms_steps_per_second(*, seconds: float) -> float:
    """Steps that only decrypt one ciphertext a class with bare moto in this process."""
    with mock_aws():
        kms = boto3.client("kms", region_name="eu-west-1")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        blob = kms.encrypt(KeyId=key, Plaintext=b"c" * 32)["CiphertextBlob"]
        count, began = 0, time.thread_time()
        while (took := time.thread_time() - began) < seconds:
            for _ in range(CLASSES):
                kms.decrypt(KeyId=key, CiphertextBlob=blob)
            count += 1
    return count / took


def states_per_second() -> float:
    """States a second of one core in the exhaustive search of the reference model."""
    _as_the_command_does()
    found = search(Space(), depth=_DEPTH)
    if found.broken is not None:
        raise BenchmarkFailed("the reference model breaks a law; run `explore --exhaustive` and mend that first")
    return found.rate


def set_entries_per_second(*, seconds: float) -> float:
    """Integers looked up in a set and added to it, which is the least that a search does with a state."""
    seen: set[int] = set()
    count, began = 0, time.thread_time()
    while (took := time.thread_time() - began) < seconds:
        for number in range(count, count + 1000):
            if (number * 2654435761) & 0xFFFFFFFF not in seen:
                seen.add((number * 2654435761) & 0xFFFFFFFF)
        count += 1000
    return count / took


def _as_the_command_does() -> None:
    gc.set_threshold(200_000, 50, 100)
