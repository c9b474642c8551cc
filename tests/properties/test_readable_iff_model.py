"""The law of the rehearsal: an artifact opens if and only if the reference model says so, for the cause it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.generated import before_and_after
from harness.history import History
from harness.key_material import fresh_key
from harness.model import CLASSES, judged_probes
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.target import Secrets, WorldPlan
from harness.targets.inprocess import InProcess

_ACCOUNT = "111122223333"
_ARNS = tuple(f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/{letter * 8}-0000-4000-8000-000000000000" for letter in "ab")
_KEYS = tuple(fresh_key(f"of a property {number}") for number in range(6))
_PROVIDERS: tuple[Mapping[str, str], ...] = (
    {"KMS_PROVIDER": "local"},
    *({"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": arn, "AWS_REGION": "eu-west-1"} for arn in _ARNS),
)
_LISTS = st.lists(st.sampled_from(_KEYS), min_size=1, max_size=6).map(",".join)
_CONSENT = st.sampled_from([{}, {"CONSENT_IDENTIFIER_ENCRYPTION_KEY": "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M="}])
_BOOTS = st.builds(
    lambda provider, keys, consent: {**provider, "JWT_ECDSA_KEY": keys, **consent},
    st.sampled_from(_PROVIDERS),
    _LISTS,
    _CONSENT,
)


@contextmanager
def _world() -> Iterator[Rehearsal]:
    environment = {name: value for name, value in before_and_after()[0].variables.items() if name not in _PROVIDERS[1]}
    secrets = Secrets.fresh()
    world = InProcess().open(WorldPlan(_ARNS, _ACCOUNT, secrets))
    try:
        yield Rehearsal(world, History(), {"before": environment}, secrets, Silent())
    finally:
        world.close()


def _make(r: Rehearsal, seed: int, payload: bytes) -> None:
    """One artifact of every class, and a file of any content."""
    seeder = Seeder(r, seed)
    (request,) = seeder.requests(("COMPILING",))
    seeder.others(1)
    nonce = next(each.handle["token"] for each in r.ledger.of("nonce") if each.request == request.name)
    r.need("upload", [r.customer.datapoint(nonce, "any.bin", payload)])
    handle = {"id": request.id, "fileName": "any.bin"}
    seeder.keep("file", f"{request.name}-any", request=request.name, handle=handle, plaintext=payload)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boots=st.lists(_BOOTS, min_size=2, max_size=4), payload=st.binary(max_size=3000), seed=st.integers(0, 2**32))
def test_an_artifact_opens_if_and_only_if_the_model_says_so(
    boots: list[dict[str, str]], payload: bytes, seed: int
) -> None:
    """For any payload, any history of boots and any pair of configurations: the same verdict, the same cause."""
    with _world() as r:
        for boot in boots:
            r.must_start("before", changed=boot)
            _make(r, seed, payload)
            r.probe("after")
            r.stop()
        seen = list(judged_probes(r.history))

    assert {event["class"] for event, _, _ in seen} == set(CLASSES)
    assert len(seen) == len(r.history.of("probe"))
    wrong = [
        (event["artifact"], str(era), (event["readable"], event["cause"], event["matches"]), expected)
        for event, era, expected in seen
        if (event["readable"], event["cause"], event["matches"])
        != (expected.readable, expected.cause, expected.matches)
    ]
    assert wrong == []


@settings(max_examples=10, deadline=None)
@given(made=_BOOTS, read=_BOOTS, payload=st.binary(min_size=16, max_size=500))
def test_a_refused_file_carries_no_byte_of_its_plaintext(
    made: dict[str, str], read: dict[str, str], payload: bytes
) -> None:
    """Whatever the pair of configurations, a refusal leaks nothing (G-06)."""
    with _world() as r:
        for boot in (made, read):
            r.must_start("before", changed=boot)
            if not r.ledger.artifacts:
                _make(r, 7, payload)
            observed = r.probe("after", r.ledger.of("file"))
            r.stop()

    assert len(observed) == 3
    assert not any(seen.leaked for seen in observed)
