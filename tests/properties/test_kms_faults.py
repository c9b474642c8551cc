"""Laws of the faults at the KMS front."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sombra.kms import Caller, Kms
from fake_sombra.kms.faults.active import ActiveFaults
from fake_sombra.kms.faults.bucket import Buckets
from fake_sombra.kms.faults.codes import CODES
from fake_sombra.kms.faults.effects import Effect, Latency, Outage, Quota, Refuse, Spoil, Stale
from fake_sombra.kms.faults.fault import Asked, Calls, Fault, Trigger, printed
from fake_sombra.kms.faults.front import pass_faults
from fake_sombra.kms.faults.spec import SIMPLE, BadSpec, parse
from fake_sombra.kms.operations import HANDLERS

_REGION: Final = "eu-west-1"
_CALLER: Final = Caller(_REGION, "AKIATEST")
_ARN: Final = f"arn:aws:kms:{_REGION}:111122223333:key/11111111-2222-3333-4444-555555555555"
_OPERATIONS: Final = tuple(HANDLERS)
_REGIONS = st.sampled_from(["eu-west-1", "us-east-1", "ap-southeast-2"])
_COUNTS = st.integers(1, 10**6)

_latencies = st.tuples(_COUNTS, _COUNTS).map(lambda pair: Latency(min(pair), max(pair)))
_effects: st.SearchStrategy[Effect] = st.one_of(
    st.sampled_from(CODES).map(Refuse),
    st.sampled_from(SIMPLE).map(Spoil),
    _latencies,
    st.one_of(st.none(), _REGIONS).map(Outage),
    st.one_of(st.none(), _COUNTS).map(Quota),
    _COUNTS.map(lambda calls: Stale(calls=calls)),
    _COUNTS.map(lambda ms: Stale(ms=ms)),
)
_triggers = st.one_of(
    st.sampled_from([Trigger(), Trigger("once")]),
    _COUNTS.map(lambda n: Trigger("on_call", n=n)),
    _COUNTS.map(lambda n: Trigger("times", n=n)),
    st.integers(0, 10**6).map(lambda millionths: Trigger("p", p=millionths / 10**6)),
)
_calls = st.builds(
    Calls,
    operation=st.sampled_from(["*", "Generate*", *_OPERATIONS]),
    key=st.sampled_from([None, _ARN]),
    region=st.one_of(st.none(), _REGIONS),
    principal=st.sampled_from([None, "AKIATEST", "arn:aws:iam::111122223333:role/gateway"]),
)
_faults = st.builds(Fault, _calls, _effects, _triggers, st.integers(0, 10**6))
_rejecting = st.one_of(
    st.sampled_from(CODES).map(Refuse),
    st.sampled_from([Spoil("bad-gateway"), Spoil("garbage"), Outage(), Outage(_REGION)]),
)


@given(st.lists(_faults, min_size=1, max_size=5).map(tuple))
def test_a_printed_spec_reads_as_the_faults_it_was_printed_from(faults: tuple[Fault, ...]) -> None:
    """Reading what was printed returns it."""
    assert parse(printed(faults)) == faults


@given(st.text(alphabet="Decrypt*:@()[]=#;,. 0123456789psml", max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    """No text makes the reader fail in another way than by saying where and what next."""
    faults, said = _read(text)

    assert parse(printed(faults)) == faults if faults else said.startswith(("fault ", "the spec names"))


@given(_faults, st.integers(1, 30))
def test_the_same_seed_strikes_the_same_calls_equally(fault: Fault, calls: int) -> None:
    """Two fronts with one spec and one clock treat the same calls alike."""
    asked = Asked("Decrypt", _REGION, _ARN, access_key_id="AKIATEST")
    one, two = ActiveFaults(), ActiveFaults()
    one.add([fault])
    two.add(parse(str(fault)))

    def struck(faults: ActiveFaults) -> list[str]:
        return [repr(faults.strike(asked, now=float(n))) for n in range(calls)]

    assert struck(one) == struck(two)


@settings(deadline=None)  # hundreds of draws, on a machine that may be busy
@given(st.floats(0.05, 0.95), st.integers(0, 10**6))
def test_a_chance_strikes_about_as_often_as_it_says(p: float, seed: int) -> None:
    """Of many calls, close to the share that p names is struck, and another seed strikes others."""
    asked = Asked("Decrypt", _REGION)

    def struck(number: int) -> list[bool]:
        faults = ActiveFaults()
        faults.add([Fault(Calls(), Refuse("KMSInternalException"), Trigger("p", p=p), number)])
        return [faults.strike(asked, now=0.0).refused is not None for _ in range(400)]

    mine = struck(seed)

    assert abs(sum(mine) / 400 - p) < 0.15
    assert mine != struck(seed + 1)


@given(st.sampled_from(_OPERATIONS), _rejecting)
def test_a_rejected_call_leaves_everything_as_it_was(operation: str, effect: Effect) -> None:
    """Whatever the operation: a rejected call reaches neither rules nor material, and the journal names the fault."""
    kms = _KMS.fork()
    before = kms.snapshot()
    fault = Fault(Calls(), effect)
    kms.faults.add([fault])

    pass_faults(kms, operation, _BODIES.get(operation, {"KeyId": _ARN}), _CALLER)

    assert {**kms.snapshot(), "faults": []} == before
    (entry,) = kms.journal.since()
    assert (entry.operation, entry.fault) == (operation, str(fault))
    assert entry.result != "ok"


@given(st.integers(1, 50), st.lists(st.floats(0, 2), max_size=150))
def test_a_bucket_never_admits_more_than_its_quota(rate: int, pauses: list[float]) -> None:
    """From any start, no more than one second's burst and the rate times the time that passed."""
    buckets, now = Buckets(), 0.0
    admitted: list[float] = []
    for pause in pauses:
        now += pause / rate
        if buckets.take(_REGION, "all", rate, now=now):
            admitted.append(now)

    for first, start in enumerate(admitted):
        for count, end in enumerate(admitted[first:], start=1):
            assert count <= rate + rate * (end - start) + 1e-6


@settings(deadline=None)  # hundreds of draws, on a machine that may be busy
@given(_latencies, st.integers(0, 10**6))
def test_latency_is_spread_around_its_median(latency: Latency, seed: int) -> None:
    """About half of the draws lie below the median and nearly all below the 99th percentile."""
    fault = Fault(Calls(), latency, seed=seed)
    draws = sorted(latency.draw_s(fault.random(n)) * 1000 for n in range(300))

    assert draws[75] <= latency.median_ms * 1.000001
    assert latency.median_ms <= draws[225] * 1.000001
    assert draws[270] <= latency.p99_ms * 1.000001


def _read(text: str) -> tuple[tuple[Fault, ...], str]:
    try:
        return parse(text), ""
    except BadSpec as refused:
        return (), str(refused)


def _kms() -> Kms:
    kms = Kms("111122223333")
    kms.add_key(_ARN)
    kms.add_alias(_ALIAS, _ARN)
    return kms


_ALIAS: Final = f"arn:aws:kms:{_REGION}:111122223333:alias/gateway"
_KMS: Final = _kms()
_TEXT: Final = base64.b64encode(b"text").decode()
_BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "CreateKey": {},
    "CreateAlias": {"AliasName": "alias/other", "TargetKeyId": _ARN},
    "DeleteAlias": {"AliasName": "alias/gateway"},
    "Encrypt": {"KeyId": _ARN, "Plaintext": _TEXT},
    "GenerateRandom": {"NumberOfBytes": 8},
    "UpdateAlias": {"AliasName": "alias/gateway", "TargetKeyId": _ARN},
}
