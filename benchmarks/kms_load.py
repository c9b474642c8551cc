"""How KMS calls are counted: stock boto3 clients, the same calls for us and for the peer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

from benchmarks.options import BenchmarkFailed
from fake_sombra.kms import Kms
from fake_sombra.kms.door_botocore import client

REGION = "eu-west-1"
PLAINTEXT = b"thirty-two bytes of a secret CEK"
WARM_UP_CALLS = 20


def over_http(port: int, *, connections: int, seconds: float) -> float:
    """Decrypt calls a second against a KMS on a port, by threads that share one client."""
    kms = boto3.client(
        "kms",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",  # noqa: S106  # nobody checks it
        config=Config(max_pool_connections=connections),
    )
    decrypt = _decrypt(kms)
    counts = [0] * connections
    start, stop = threading.Event(), threading.Event()

    def work(place: int) -> None:
        decrypt()  # opens the connection
        start.wait()
        while not stop.is_set():
            decrypt()
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    start.set()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def decrypt_in_process(*, seconds: float) -> float:
    """Decrypt calls a second through our botocore door."""
    return _per_second(_decrypt(client(Kms("111122223333"), region=REGION)), seconds)


def decrypt_in_bare_moto(*, seconds: float) -> float:
    """Decrypt calls a second through moto's mock."""
    with mock_aws():
        return _per_second(_decrypt(boto3.client("kms", region_name=REGION)), seconds)


def create_key_in_process(*, seconds: float) -> float:
    """CreateKey calls a second through our botocore door."""
    return _per_second(client(Kms("111122223333"), region=REGION).create_key, seconds)


def create_key_in_bare_moto(*, seconds: float) -> float:
    """CreateKey calls a second through moto's mock."""
    with mock_aws():
        return _per_second(boto3.client("kms", region_name=REGION).create_key, seconds)


def _decrypt(kms: Any) -> Callable[[], None]:
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=PLAINTEXT)["CiphertextBlob"]

    def call() -> None:
        if kms.decrypt(KeyId=arn, CiphertextBlob=blob)["Plaintext"] != PLAINTEXT:
            raise BenchmarkFailed("a KMS opened a blob to something else than was sealed")

    return call


def _per_second(call: Callable[[], object], seconds: float) -> float:
    for _ in range(WARM_UP_CALLS):
        call()
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        call()
        count += 1
    return count / took
