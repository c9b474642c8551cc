"""What is kept where: keys fresh and hidden, contexts that name their wrap, old requests to be seen."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.history import Event
from harness.verdict import Verdict, failed, passed, unknown

WORLDS = ("stored:local", "stored:cloud")
CEK_SIZE, LOCAL_SIZE = 32, 40  # bytes; AES Key Wrap adds eight (RFC 3394)
AFTER = "after-cutover"


def _stored(evidence: Evidence) -> list[Event]:
    return [event for world in WORLDS for event in evidence.of("stored", world=world)]


@check(
    "keys-are-fresh",
    "Each request and each restart has a key of its own, each seal an IV, each webhook's token an id",
    "G-20",
    "G-08",
    worlds=WORLDS,
)
def keys_are_fresh(evidence: Evidence) -> Verdict:
    """One key for all, or one IV twice, would open everything with the first; an id twice, be taken for a replay."""
    webhooks = evidence.of("webhooks", world=None)
    if twice := [event for event in webhooks if event["ids"] != event["made"]]:
        return failed(f"{twice[0]['made']} webhooks carry {twice[0]['ids']} ids", [twice[0].n])
    if strange := [event for event in webhooks if event.get("about", event["made"]) != event["made"]]:
        return failed(f"{strange[0]['about']} of {strange[0]['made']} webhooks say whom they are about", [strange[0].n])
    for world in WORLDS:
        events = evidence.of("stored", world=world)
        requests = [event for event in events if event["of"].startswith("request/")]
        if used_twice := _not_fresh(requests):
            return failed(f"{used_twice} in {world}", [event.n for event in requests])
        if sum(len(event["ivs"]) for event in requests) < len(requests):
            return unknown(f"too little was sealed in {world}")
    return passed("every key and every IV was used once", [event.n for event in _stored(evidence)])


def _not_fresh(requests: list[Event]) -> str:
    """What is no fresh key, or no fresh IV, among the requests of one world; empty where all are."""
    for event in requests:
        if event["cause"] or event["key_size"] != CEK_SIZE:
            return f"the key of {event['of']} is no key of 32 bytes"
        if event.get("unopened"):  # sealed under something else, the same for all perhaps
            return f"identifiers of {event['of']} do not open under its key"
    if _has_twice([event["key"] for event in requests]):
        return "two requests share a key"
    if _has_twice([(event["key"], iv) for event in requests for iv in event["ivs"]]):
        return "an IV was used twice under one key"
    if _has_twice([event["handed_iv"] for event in requests if event.get("handed_iv")]):
        return "two browsers were handed a key under one IV"
    return ""


def _has_twice(values: list[object]) -> bool:
    return len(set(values)) < len(values)


@check(
    "nothing-in-the-clear",
    "What Transcend's cloud holds, and what it is sent, shows no key, no content and no credential",
    "G-06",
    worlds=WORLDS,
)
def nothing_in_the_clear(evidence: Evidence) -> Verdict:
    """Contexts, ciphertexts, sealed identifiers and integrations are all that leaves the gateway.

    What was stored is looked at, and whatever else a gateway sent along.
    """
    events = _stored(evidence)
    for event in (*events, *(each for world in WORLDS for each in evidence.of("consent-stored", world=world))):
        if event["in_clear"]:
            return failed(f"{event['of']} in {event.world} shows {', '.join(event['in_clear'])}", [event.n])
    if sent := [event for event in evidence.of("arrival-scan", world=None) if event["heard"]]:
        return failed(f"Transcend's cloud was sent {', '.join(sent[0]['heard'])} in {sent[0].world}", [sent[0].n])
    sealed = sum(event["sealed"] for event in events)
    return (
        passed(f"{sealed} ciphertexts and {len(events)} contexts say nothing", [event.n for event in events])
        if sealed
        else unknown("nothing was stored")
    )


@check(
    "contexts-name-their-wrap",
    "A context names its request, its data subject, and the provider and key that wrapped it",
    "G-20",
    "G-03",
    worlds=WORLDS,
)
def contexts_name_their_wrap(evidence: Evidence) -> Verdict:
    """The label decides nothing, but whoever reads it must not be led astray."""
    events = _stored(evidence)
    boots = {(event.world, event["instance"]): event for event in evidence.of("booted", world=None)}
    for event in events:
        boot = boots[event.world, event["instance"]]
        wanted = (boot["provider"], boot["kms_key"] if boot["provider"] == "AWS" else boot["keys"][0])
        if (event["provider"], event["wrapping_key"]) != wanted:
            return failed(f"the context of {event['of']} in {event.world} names another wrap", [event.n])
        if (boot["provider"] == "local") != (event["wrapped_size"] == LOCAL_SIZE):
            return failed(f"the wrapped key of {event['of']} has {event['wrapped_size']} bytes", [event.n])
        if not event.get("about", True):
            return failed(f"the context of {event['of']} in {event.world} is about somebody else", [event.n])
    return passed(f"{len(events)} contexts name their wrap", [event.n for event in events])


@check("old-requests-shown", "Old requests and the list of their files can be read after the cutover", "G-21")
def old_requests_shown(evidence: Evidence) -> Verdict:
    """Neither needs a key; only opening a file does."""
    reads = evidence.of("read-back", moment=AFTER)
    files = [each.event for each in evidence.probes(AFTER, "file")]
    if not reads or not files:
        return unknown("the old requests were not read after the cutover")
    if reads[0]["shown"] != reads[0]["of"] or not reads[0]["of"]:
        return failed(f"{reads[0]['of'] - reads[0]['shown']} of {reads[0]['of']} requests cannot be read", [reads[0].n])
    if unlisted := [event for event in files if not event["listed"]]:
        return failed(f"the files of {len(unlisted)} requests are not listed", [event.n for event in unlisted])
    return passed(f"{reads[0]['shown']} requests read, their files listed", [reads[0].n, *(event.n for event in files)])
