"""Who can read what at each moment: the provider boundary, the tokens, the rollback (G-03, G-04, G-11, G-23 …)."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence, Probed, all_opened, all_refused, check, first_bad, numbers
from harness.history import TRUNK
from harness.model import CARRIERS, CLASSES, SIGNED, WRAPPED
from harness.verdict import Verdict, failed, passed, unknown

_OPENED = ("Decrypt", 32, "ok")
AFTER, BACK, BEFORE, STOPPED = "after-cutover", "after-rollback", "before-cutover", "stopped"


@check("happy-state", "Before the cutover everything opens", "G-16")
def happy_state(evidence: Evidence) -> Verdict:
    """A refusal later means nothing unless the same thing opened before."""
    return all_opened(evidence.probes(BEFORE), "artifacts before the cutover")


@check("model-agrees", "Every probe agrees with the reference model, cause included", "G-03", "G-04", "G-11", "D-12")
def model_agrees(evidence: Evidence) -> Verdict:
    """Readable if and only if the model says so, in the trunk and in every fork."""
    wrong = [each for each in evidence.probed if not each.agrees]
    if wrong:
        return failed(
            f"{len(wrong)} of {len(evidence.probed)} probes differ: {_example(wrong[0])}", numbers(wrong[:20])
        )
    return passed(f"all {len(evidence.probed)} probes agree", numbers(evidence.probed[:20]))


def _example(probe: Probed) -> str:
    event, expected = probe.event, probe.expected
    seen = "readable" if event["readable"] else f"refused as {event['cause']}"
    wanted = "readable" if expected.readable else f"refused as {expected.cause}"
    return f"{event['artifact']} ({probe.era}) in {event.world} at {event['moment']} was {seen}, must be {wanted}"


@check("stopped-refuses-all", "While Sombra is stopped nothing is readable", "G-02")
def stopped_refuses_all(evidence: Evidence) -> Verdict:
    """Stopped means stopped."""
    return all_refused(evidence.probes(STOPPED), "artifacts while Sombra was stopped", "connection_refused")


@check("cloud-refuses-local", "Under AWS every Local-wrapped key is refused as wrong_provider", "G-03")
def cloud_refuses_local(evidence: Evidence) -> Verdict:
    """The core of the guide, forwards."""
    return all_refused(_of_loaded_keys(evidence, *WRAPPED), "Local-wrapped artifacts", "wrong_provider")


def _of_loaded_keys(evidence: Evidence, *kinds: str) -> list[Probed]:
    """Local-wrapped probes after the cutover, less those whose signer was crowded out of the list (D-05).

    A forgotten signature is refused before any unwrap; that loss is the rollback's to judge.
    """
    probes = evidence.probes(AFTER, *kinds, wrap="L")
    return [each for each in probes if each.expected.cause != "forgotten_key"]


@check("refusals-were-attempts", "Each refused Local key was really offered to the KMS, once", "G-03")
def refusals_were_attempts(evidence: Evidence) -> Verdict:
    """One failed Decrypt in the KMS journal for each refused Local key: of an artifact, or inside a token."""
    refused = _of_loaded_keys(evidence, *WRAPPED)
    inside = [each for each in evidence.probes(AFTER, *SIGNED) if each.event["inside"] == "wrong_provider"]
    journals = evidence.of("kms-journal", moment=AFTER)
    if not journals:
        return unknown("the KMS journal was not read after the cutover")
    failures = [call for call in journals[-1]["calls"] if call[0] == "Decrypt" and call[2] != "ok"]
    if len(failures) < len(refused):
        return failed(
            f"{len(refused)} artifacts were refused but the KMS saw {len(failures)} failed Decrypt", [journals[-1].n]
        )
    if len(failures) > len(refused) + len(inside):
        return failed(
            f"{len(refused) + len(inside)} keys were refused, but the KMS was asked {len(failures)} times",
            [journals[-1].n],
        )
    return passed(f"the KMS saw {len(failures)} failed Decrypt for {len(refused)} refusals", [journals[-1].n])


@check("openings-were-attempts", "Each cloud-wrapped key that opened was opened by the KMS, once", "G-20", "D-06")
def openings_were_attempts(evidence: Evidence) -> Verdict:
    """One Decrypt a read, one an upload: a key that is kept goes on opening when the KMS has taken it away."""
    journals = evidence.of("kms-journal", moment=AFTER)
    opened = [each for each in evidence.probes(AFTER, *WRAPPED, wrap=CLOUD) if each.event["readable"]]
    if not journals or not opened:
        return unknown("the KMS journal was not read after the cutover, or nothing had opened")
    tokens = [each for each in evidence.probes(AFTER, *CARRIERS) if each.event["readable"] and not each.event["inside"]]
    clouds = {event["instance"] for event in evidence.of("booted", provider="AWS", accepted=True)}
    uploads = [each for each in evidence.of("artifact", **{"class": "file"}) if each["instance"] in clouds]
    used = [
        each for each in (*uploads, *evidence.of("functional-probe", moment=AFTER, ok=True)) if each.n < journals[-1].n
    ]
    openings = len(opened) + len(tokens) + len(used)
    asked = sum(tuple(call) == _OPENED for call in journals[-1]["calls"])
    if asked != openings:
        return failed(f"{openings} keys were opened, but the KMS was asked {asked} times", [journals[-1].n])
    return passed(f"{openings} keys were opened, each by a Decrypt of its own", [journals[-1].n, *numbers(opened[:20])])


@check("files-leak-nothing", "No byte of plaintext leaves with a refusal", "G-06")
def files_leak_nothing(evidence: Evidence) -> Verdict:
    """Every download of a Local-era file is refused after the cutover, and the bodies hold nothing of it."""
    files = evidence.probes(AFTER, "file", wrap="L")
    leaks = [each for each in files if each.event["leaked"]]
    if leaks:
        return failed(f"{len(leaks)} refusals carried plaintext", numbers(leaks))
    return all_refused(_of_loaded_keys(evidence, "file"), "Local-era files", "wrong_provider")


@check("old-tokens-verify", "Every token signed by the old key still verifies", "G-11")
def old_tokens_verify(evidence: Evidence) -> Verdict:
    """Nonces, download keys, sessions; and after the rollback again."""
    old = evidence.old_key
    return first_bad(
        all_opened(evidence.probes(moment, kind, signer=old), f"old {kind} tokens, {moment}")
        for moment in (AFTER, BACK)
        for kind in SIGNED
    )


@check("old-webhook-tokens-fail", "Receivers see old webhook tokens fail and new ones pass", "G-10", "G-11")
def old_webhook_tokens_fail(evidence: Evidence) -> Verdict:
    """One public key is served, the new one (D-10 is the receivers' side of it)."""
    old = evidence.old_key
    tokens = evidence.probes(AFTER, "webhook_token")
    return first_bad(
        (
            all_refused([each for each in tokens if each.era.signer == old], "old webhook tokens", "signature_invalid"),
            all_opened([each for each in tokens if each.era.signer != old], "new webhook tokens"),
        )
    )


@check("new-artifacts-open", "What is made after the cutover opens", "G-20", "G-19")
def new_artifacts_open(evidence: Evidence) -> Verdict:
    """All four wrapped classes, under the cloud key."""
    return first_bad(
        all_opened(evidence.probes(AFTER, kind, wrap=CLOUD), f"cloud-era {kind} artifacts") for kind in WRAPPED
    )


@check(
    "rollback-restores", "After the rollback everything readable before the cutover is readable again", "G-23", "D-02"
)
def rollback_restores(evidence: Evidence) -> Verdict:
    """Everything, by name; webhook tokens excepted, which receivers judge under the one key served now."""
    before = {each.event["artifact"] for each in evidence.probes(BEFORE) if each.event["readable"]}
    after = [each for each in evidence.probes(BACK) if each.event["artifact"] in before]
    after = [each for each in after if each.event["class"] != "webhook_token"]
    missing = before - {each.event["artifact"] for each in evidence.probes(BACK)}
    if missing:
        return (
            failed(f"{len(missing)} artifacts were not tried after the rollback") if after else unknown("no rollback")
        )
    return all_opened(after, "artifacts of before the cutover")


@check("rollback-refuses-cloud", "After the rollback every cloud-wrapped key is refused", "G-24", "G-04")
def rollback_refuses_cloud(evidence: Evidence) -> Verdict:
    """The loss of the rollback, counted."""
    return all_refused(evidence.probes(BACK, *WRAPPED, wrap=CLOUD), "cloud-wrapped artifacts", "wrong_provider")


@check("every-class-seeded", "Every artifact class was tried at every moment", "D-12")
def every_class_seeded(evidence: Evidence) -> Verdict:
    """A table with an empty row would be a table that proves nothing."""
    found: list[int] = []
    for moment in (BEFORE, STOPPED, AFTER, BACK):
        for kind in CLASSES:
            probes = evidence.probes(moment, kind)
            if not evidence.probes(moment):
                return unknown(f"nothing was tried {moment}")
            if not probes:
                return failed(f"no {kind} was tried {moment}")
            found.append(probes[0].event.n)
    return passed("nine classes at four moments", found)


@check(
    "consent-lookups", "Consent identifiers decrypt after the cutover; a look-up hits only under the first key", "D-12"
)
def consent_lookups(evidence: Evidence) -> Verdict:
    """After the cutover derived ones decrypt but miss; with a key of their own they go on matching."""
    found = evidence.probes(AFTER, "consent_identifier")
    wrong = [each for each in found if each.event["readable"] and each.event["matches"] != each.expected.matches]
    if wrong:
        return failed(f"{len(wrong)} look-ups hit or missed against the model", numbers(wrong))
    return all_opened(found, "consent identifiers")


@check(
    "own-consent-key",
    "With a key of their own, consent identifiers match through the cutover, and hang on no JWT key",
    "D-12",
    worlds=("consent-key",),
)
def own_consent_key(evidence: Evidence) -> Verdict:
    """The first key matches, an older one still decrypts, and without it they are lost by name."""
    verdicts = []
    for moment, must_match in (
        (BEFORE, True),
        (AFTER, True),
        ("old-key-dropped", True),
        ("consent-key-rotated", False),
    ):
        found = evidence.probes(moment, "consent_identifier", world="consent-key")
        verdicts.append(all_opened(found, f"consent identifiers, {moment}"))
        if wrong := [each for each in found if each.event["matches"] is not must_match]:
            return failed(f"{len(wrong)} look-ups {moment} {'missed' if must_match else 'hit'}", numbers(wrong))
    lost = evidence.probes("consent-key-lost", "consent_identifier", world="consent-key")
    return first_bad((*verdicts, all_refused(lost, "consent identifiers of a lost key", "unknown_key")))


@check("list-unchanged", "Old requests stay visible, unchanged in number and status", "G-21")
def list_unchanged(evidence: Evidence) -> Verdict:
    """The admin's list before the stop against the list after the cutover."""
    lists = {event["moment"]: event for event in evidence.of("listing", world=TRUNK)}
    if BEFORE not in lists or AFTER not in lists:
        return unknown("the list was not read before and after the cutover")
    before, after = lists[BEFORE], lists[AFTER]
    changed = {name for name, status in before["statuses"].items() if after["statuses"].get(name) != status}
    if changed:
        return failed(f"{len(changed)} old requests changed or vanished: {sorted(changed)[:5]}", [before.n, after.n])
    if "just-started" in lists and (early := set(lists["just-started"]["expired"]) & set(before["statuses"])):
        return failed(f"{len(early)} old requests were marked unreadable before they were tried", [before.n, after.n])
    if not set(before["statuses"]) <= set(after["expired"]) | {"unknown"}:
        return failed("some old requests are not marked unreadable although they were tried", [after.n])
    return passed(f"{before['total']} requests, none changed, each marked unreadable by trying", [before.n, after.n])
