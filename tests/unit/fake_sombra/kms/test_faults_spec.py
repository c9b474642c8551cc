"""How faults are written and read back."""

from __future__ import annotations

import pytest

from fake_sombra.kms.faults.effects import Latency, Outage, Quota, Refuse, Spoil, Stale
from fake_sombra.kms.faults.fault import Calls, Fault, Trigger, printed
from fake_sombra.kms.faults.spec import KINDS, BadSpec, parse
from tests.unit.fake_sombra.kms.bench import ARN, REGION

_SPECS = {
    "Decrypt:ThrottlingException@times(2)": Fault(
        Calls("Decrypt"), Refuse("ThrottlingException"), Trigger("times", n=2)
    ),
    "*:latency(20ms,200ms)": Fault(Calls(), Latency(20, 200)),
    "GenerateRandom:lost@on_call(3)": Fault(Calls("GenerateRandom"), Spoil("lost"), Trigger("on_call", n=3)),
    "Encrypt:wrong-key@once": Fault(Calls("Encrypt"), Spoil("wrong-key"), Trigger("once")),
    "*:outage(eu-west-1)": Fault(Calls(), Outage("eu-west-1")),
    "*:outage": Fault(Calls(), Outage()),
    "*:quota(10000/s)": Fault(Calls(), Quota(10_000)),
    "*:quota": Fault(Calls(), Quota()),
    "*:stale(3)": Fault(Calls(), Stale(calls=3)),
    "*:stale(5s)": Fault(Calls(), Stale(ms=5000)),
    "Generate*:KMSInternalException@p(0.25)#7": Fault(
        Calls("Generate*"), Refuse("KMSInternalException"), Trigger("p", p=0.25), 7
    ),
    f"Decrypt[key={ARN},region={REGION},principal=AKIATEST]:garbage": Fault(
        Calls("Decrypt", ARN, REGION, "AKIATEST"), Spoil("garbage")
    ),
}


@pytest.mark.parametrize("spec", _SPECS)
def test_a_spec_reads_as_the_fault_it_says_and_prints_back(spec: str) -> None:
    assert parse(spec) == (_SPECS[spec],)
    assert printed(parse(spec)) == spec


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (" Decrypt:lost@always ; ", "Decrypt:lost"),
        ("*:latency(1.5s, 2000ms)", "*:latency(1500ms,2s)"),
        ("*:lost@p(.5)#0", "*:lost@p(0.5)"),
        ("*[ region = eu-west-1 ]:lost", "*[region=eu-west-1]:lost"),
    ],
)
def test_other_spellings_print_in_the_canonical_one(written: str, canonical: str) -> None:
    assert printed(parse(written)) == canonical


@pytest.mark.parametrize(
    ("spec", "place", "advice"),
    [
        ("", "names no fault", "Decrypt:ThrottlingException@times(2)"),
        ("*:lost;;*:lost", "fault 2, ''", "CALLS:EFFECT@TRIGGER"),
        ("*:lost; Decrypt", "fault 2, 'Decrypt'", "CALLS:EFFECT@TRIGGER"),
        ("Decript:lost", "fault 1, 'Decript:lost'", "did you mean Decrypt"),
        ("Decrypt:Throttling", "no effect is called Throttling", "did you mean ThrottlingException"),
        ("Decrypt:lost(3)", "lost takes nothing", "leave them out"),
        ("*:latency", "latency takes", "latency(20ms,200ms)"),
        ("*:latency(200ms,20ms)", "latency takes", "in order"),
        ("*:latency(0ms,20ms)", "latency takes", "above 0"),
        ("*:quota(10)", "quota takes", "quota(10000/s)"),
        ("*:quota(0/s)", "quota takes", "quota(10000/s)"),
        ("*:outage(Ireland)", "outage takes", "outage(eu-west-1)"),
        ("*:stale(0)", "stale takes", "stale(3) or stale(5s)"),
        ("*:lost@sometimes", "sometimes is no trigger", "p(0.25)"),
        ("*:lost@times(0)", "times is no trigger", "times(2)"),
        ("*:lost@once(3)", "once is no trigger", "on_call(3)"),
        ("*:lost@p(1.5)", "p is no trigger", "p(0.25)"),
        ("*[zone=a]:lost", "'zone=a'", "key=, region=, principal="),
        ("*[region=a,region=b]:lost", "'region=b'", "each once"),
        ("; ".join(["*:lost"] * 101), "101 faults", "100 at most"),
    ],
)
def test_a_spec_that_cannot_be_read_names_the_place_and_the_way_out(spec: str, place: str, advice: str) -> None:
    with pytest.raises(BadSpec) as refused:
        parse(spec)

    assert place in str(refused.value)
    assert advice in str(refused.value)


@pytest.mark.parametrize("example", [example for example, _ in KINDS])
def test_every_kind_that_is_listed_can_be_written(example: str) -> None:
    assert printed(parse(f"*:{example}")) == f"*:{example}"
