"""What only forks can show: prerequisites, key lists, damage, rotation, and the rollback from every prefix."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence, all_opened, all_refused, as_expected, check, first_bad
from harness.model import LOADED, SIGNED, WRAPPED
from harness.verdict import Verdict, failed, passed, unknown

AFTER, BACK = "after-cutover", "after-rollback"
PREREQUISITES = (
    "no-key",
    "wrong-region",
    "wrong-account",
    "disabled",
    "pending-deletion",
    "wrong-usage",
    "deny-encrypt",
    "deny-decrypt",
    "deny-generate-random",
    "no-credentials",
    "unreachable",
)
_LINES = 2
START_S = 5.0  # within which a gateway starts, whatever the KMS does (claims.md, "Start-up")


@check(
    "prerequisites-told-apart",
    "Each missing cloud prerequisite shows in the window by its own cause",
    "G-09",
    "D-06",
    worlds=tuple(f"prerequisite:{name}" for name in PREREQUISITES),
)
def prerequisites_told_apart(evidence: Evidence) -> Verdict:
    """It starts in time and its health stays green (D-06); the functional probe names the cause."""
    seen: list[int] = []
    slow_s = max((event["seconds"] for event in evidence.of("booted")), default=0.0)  # the machine, not the KMS
    for name in PREREQUISITES:
        world = f"prerequisite:{name}"
        planted, probes = evidence.of("planted", world=world), evidence.of("functional-probe", world=world)
        if not planted or not probes:
            return unknown(f"{name} was not probed")
        boot = evidence.of("booted", world=world)[-1]
        if boot["accepted"] != planted[0]["starts"] or boot["seconds"] > START_S + slow_s:
            told = "started" if boot["accepted"] else "did not start"
            return failed(f"{name}: the gateway {told} after {boot['seconds']:.1f} s", [boot.n])
        wanted, got = planted[0]["expected"], probes[0]["cause"]
        if got != wanted:
            return failed(
                f"{name}: the probe says {got or 'all is well'}, must say {wanted or 'all is well'}", [probes[0].n]
            )
        seen.append(probes[0].n)
    return passed(f"{len(seen)} faults, each with its cause", seen)


@check(
    "green-but-broken",
    "Health is green although the KMS refuses, and the functional probe finds it",
    "D-06",
    worlds=("prerequisite:silent-denial",),
)
def green_but_broken(evidence: Evidence) -> Verdict:
    """A healthy process that cannot unwrap."""
    world = "prerequisite:silent-denial"
    health, probe = evidence.of("health", world=world), evidence.of("functional-probe", world=world)
    refused = evidence.of("booted", world=world, accepted=False)
    if refused:
        return failed("the gateway refused to start although nobody asked for that", [refused[0].n])
    if health[0]["customer"] != 200 or probe[0]["ok"]:
        return failed("the planted fault was not green and broken", [health[0].n, probe[0].n])
    return passed("green on health, refused by the probe", [health[0].n, probe[0].n])


@check(
    "faults-are-logged",
    "Each injected fault leaves a log line with its cause",
    "G-22",
    worlds=tuple(f"prerequisite:{name}" for name in PREREQUISITES),
)
def faults_are_logged(evidence: Evidence) -> Verdict:
    """At warn or above: one of the start's own test, one of the call that fails; a denied GenerateRandom only warns."""
    seen: list[int] = []
    for name in PREREQUISITES:
        world = f"prerequisite:{name}"
        wanted = evidence.of("planted", world=world)[0]["expected"]
        lines = [event for event in evidence.of("log", world=world) if wanted in {"", event["code"]}]
        refused = [
            event
            for event in evidence.of("booted", world=world, accepted=False)
            if any(wanted in problem for problem in event["problems"])
        ]
        if not lines and not refused:
            return failed(f"{name} left no log line with {wanted or 'a warning'}; is LOG_LEVEL above warn?")
        if wanted and not refused and len(lines) < _LINES:
            return failed(f"{name}: the start and the call that failed left one line between them", [lines[0].n])
        lines += refused
        seen.append(lines[0].n)
    return passed(f"{len(seen)} faults, each logged", seen)


@check(
    "key-lists-show",
    "A dropped, swapped, malformed or noisy key list shows in the window",
    "G-12",
    worlds=("keys:old-dropped", "keys:swapped", "keys:wrong-curve", "keys:trailing-comma"),
)
def key_lists_show(evidence: Evidence) -> Verdict:
    """Dropped: old tokens fail. Swapped: the old key is still published. The others do not start."""
    dropped = evidence.probes(AFTER, *SIGNED, world="keys:old-dropped")
    swapped = evidence.of("public-key", world="keys:swapped")
    boots = [evidence.of("booted", world=f"keys:{name}")[0] for name in ("wrong-curve", "trailing-comma")]
    if not swapped or swapped[0]["fingerprint"] != evidence.old_key:
        return failed("the swapped order does not publish the old key", [event.n for event in swapped])
    for boot in boots:
        if boot["accepted"] or not any("JWT_ECDSA_KEY item" in problem for problem in boot["problems"]):
            return failed(f"{boot.world} was not refused by variable and item", [boot.n])
    shown = all_refused(dropped, "tokens of the dropped key", "signature_invalid")
    return first_bad((shown, passed("swapped, wrong curve and noise show", [swapped[0].n, *(b.n for b in boots)])))


@check(
    "damage-told-apart",
    "What is damaged is refused as that, not as a wrong provider",
    "G-03",
    worlds=("damaged", "damaged:cloud"),
)
def damage_told_apart(evidence: Evidence) -> Verdict:
    """Small files whole or not at all, large ones never to their end, sets and contexts by their own cause."""
    events = [event for world in ("damaged", "damaged:cloud") for event in evidence.of("damaged", world=world)]
    for event in events:
        if event["leaked"] or not as_expected(event):
            said, wanted = event["cause"] or "success", event["expected"] or "success"
            leak = ", and gave it away" if event["leaked"] else ""
            return failed(f"{event['what']} was answered with {said}{leak}, must be {wanted}", [event.n])
    return passed(f"{len(events)} damaged things, each refused as what it is", [event.n for event in events])


@check(
    "rollback-from-every-step", "From every prefix of the window the rollback brings the Local era back", "G-23", "G-24"
)
def rollback_from_every_step(evidence: Evidence) -> Verdict:
    """One fork after each step of the window."""
    steps = [event["step"] for event in evidence.of("step-ended") if event["in_window"] and event["outcome"] == "ok"]
    verdicts = []
    for step in steps:
        world = f"rollback@{step}"
        broken = evidence.fork_failure(world)
        if broken is not None:
            return broken
        local = evidence.probes(BACK, *WRAPPED, world=world, wrap="L")
        verdicts.append(all_opened(local, f"Local-era artifacts after {step}"))
        cloud = evidence.probes(BACK, *WRAPPED, world=world, wrap=CLOUD)
        if cloud:
            verdicts.append(all_refused(cloud, f"cloud-era artifacts after {step}", "wrong_provider"))
    return first_bad(verdicts) if verdicts else unknown("no step of the window was completed")


@check(
    "old-key-is-the-rollback", "Without the old key a rollback brings nothing back", "D-02", worlds=("drop-old-key",)
)
def old_key_is_the_rollback(evidence: Evidence) -> Verdict:
    """The point of no return, shown."""
    probes = evidence.probes(BACK, *WRAPPED, world="drop-old-key", signer=evidence.old_key)
    return all_refused(
        [each for each in probes if (each.era.wrap or "")[0] == "L"], "Local-era artifacts", "signature_invalid"
    )


@check(
    "rotated-before-stop",
    "Local CEKs made under the new key are readable after a rollback only while it is listed",
    "D-03",
    worlds=("rotate-before-stop",),
)
def rotated_before_stop(evidence: Evidence) -> Verdict:
    """Readable with [new, old] and with [new], lost with [old]: the new key wrapped them."""
    world = "rotate-before-stop"
    new = evidence.of("booted", world=world)[0]["keys"][0]
    return first_bad(
        (
            all_opened(evidence.probes(BACK, *WRAPPED, world=world, signer=new), "L(new) artifacts"),
            all_refused(
                evidence.probes("old-environment", *WRAPPED, world=world, signer=new),
                "L(new) artifacts",
                "signature_invalid",
            ),
            all_opened(
                evidence.probes("new-key-only", *WRAPPED, world=world, signer=new),
                "L(new) artifacts, old key gone",
            ),
        )
    )


@check(
    "old-environment-loses",
    "Rolling back to the old environment loses what was written under Local with the new key",
    "D-04",
    worlds=("restore-old-env",),
)
def old_environment_loses(evidence: Evidence) -> Verdict:
    """With the count."""
    probes = evidence.probes("old-environment", *WRAPPED, world="restore-old-env", wrap="L")
    boots = evidence.of("booted", world="restore-old-env")
    lost = [each for each in probes if each.era.signer not in boots[-1]["keys"]]
    verdict = all_refused(lost, "L(new) artifacts", "signature_invalid")
    return (
        verdict if verdict.result != "pass" else passed(f"{len(lost)} artifacts lost: {verdict.why}", verdict.evidence)
    )


@check(
    "fifth-set-forgotten",
    "Four key sets stay readable, the fifth makes the first forgotten",
    "G-25",
    "D-05",
    worlds=("fifth-key",),
)
def fifth_set_forgotten(evidence: Evidence) -> Verdict:
    """The migration spends one of the four."""
    boots = evidence.of("booted", world="fifth-key")
    old = evidence.old_key
    places = [boot["keys"].index(old) if old in boot["keys"] else -1 for boot in boots]
    if places != [LOADED - 1, LOADED]:
        return unknown("the old key did not move from the fourth place to the fifth")
    return first_bad(
        (
            all_opened(evidence.probes("four-sets", *SIGNED, world="fifth-key", signer=old), "tokens under four sets"),
            all_refused(
                evidence.probes("five-sets", *SIGNED, world="fifth-key", signer=old),
                "tokens under five sets",
                "forgotten_key",
            ),
            all_opened(
                [
                    each
                    for each in evidence.probes("five-sets", *WRAPPED, world="fifth-key", wrap=CLOUD)
                    if each.era.signer != old
                ],
                "cloud-era artifacts",
            ),
        )
    )


@check("kms-rotation-keeps", "Rotating the KMS key keeps data readable", "G-25", worlds=("kms-rotation",))
def kms_rotation_keeps(evidence: Evidence) -> Verdict:
    """Old blobs open under old material, new ones under new."""
    return all_opened(evidence.probes(AFTER, *WRAPPED, world="kms-rotation", wrap=CLOUD), "cloud-era artifacts")
