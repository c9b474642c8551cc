"""F39, F42, F43, F46 to F50: what is stored on one side of the cutover and wanted on the other."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from harness.checks.check import CLOUD, Evidence
from harness.failures import Seen, Stage, counts, fails, failure, rule
from harness.failures.looks import cause_of, refused
from harness.model import CLASSES, WRAPPED
from harness.rehearsal.in_flight import try_next_steps
from harness.rehearsal.seed import Seeder
from scenarios.failure_modes.parts import (
    AFTER,
    BACK,
    BEFORE,
    UNCHANGED,
    cut_over,
    roll_back,
    wrong_sombra,
)
from scenarios.guide_forks import plant_damage

CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
ERASURES = ("DELAYED", "SECONDARY", "SECONDARY_APPROVING")


def _erasures_stuck(evidence: Evidence) -> Seen | None:
    """Two-stage erasures that wait for a step they can never take."""
    steps = [event for event in evidence.of("next-step", moment=AFTER) if event["status"] in ERASURES]
    stuck = [event for event in steps if not event["ok"] and event["unchanged"]]
    if not stuck:
        return None
    told = ", ".join(f"{event['status']} cannot {event['step']}" for event in stuck)
    return Seen(f"{told}; each stays as it is", cause_of(evidence, stuck[0]["cause"]), tuple(e.n for e in stuck))


@failure(
    "F39",
    "A two-stage erasure has one stage before the cutover and one after",
    claims="G-05",
    says="wrong_provider",
    symptom="Erasures never complete; the statutory clock runs on.",
    cause="DELAYED and SECONDARY need the request's key again for their second stage, and Local wrapped it.",
    detect="Take the inventory by status; try the next step of a request in each of them.",
    remedy="Let them finish before the window; restart them after it. They cannot be cancelled in between.",
    look=_erasures_stuck,
    detected_by=(counts("in-flight-cannot-proceed"),),
)
def erasure_straddles(stage: Stage) -> None:
    if stage.is_planted:
        stage.r.must_start("after")
        try_next_steps(stage.r, AFTER)
    else:
        stage.r.must_start("before")
        try_next_steps(stage.r, UNCHANGED)


def _preferences_missed(evidence: Evidence) -> Seen | None:
    """Stored preferences are not found again by the same identifier."""
    probes = evidence.probes(AFTER, "consent_identifier")
    missed = [each for each in probes if not each.event["readable"] or each.event["matches"] is not True]
    if not missed:
        return None
    causes = sorted({str(each.event["cause"] or "decrypts, and matches nothing") for each in missed})
    told = f"{len(missed)} of {len(probes)} preference look-ups miss"
    return Seen(told, ", ".join(causes), tuple(each.event.n for each in missed))


@failure(
    "F42",
    "The key of consent identifiers changes with the cutover",
    claims="D-12",
    says="unknown_key",
    symptom="Preferences that were given are not found; duplicates are created.",
    cause="The identifiers are encrypted so that equal ones look alike; another first key makes equal ones look "
    "different.",
    detect="`doctor` compares the consent key of the files; look one identifier up before and after.",
    remedy="Set CONSENT_IDENTIFIER_ENCRYPTION_KEY before the cutover and never change it with it.",
    look=_preferences_missed,
    detected_by=(fails("consent-lookups"), rule("consent-key-changed")),
    reports="rails/rails#52872",
    unseeded=True,
)
def consent_key_changes(stage: Stage) -> None:
    r = stage.r
    kept, other = (b64encode(sha256(name).digest()).decode() for name in (b"kept", b"other"))
    stage.edit("before", **{CONSENT: kept})
    stage.edit("after", **{CONSENT: other if stage.is_planted else kept})
    r.must_start("before")
    Seeder(r, stage.seed).others(2, integrations=False)
    r.probe(BEFORE)
    r.stop()
    r.must_start("after")
    r.probe(AFTER)


@failure(
    "F43",
    "What was made under AWS is lost at the rollback, and nobody counted it",
    claims="G-24 G-04",
    says="wrong_provider",
    symptom="The rollback is fine; the requests of the last hours are there and never open.",
    cause="Local cannot open what the cloud KMS wrapped: the guide says so, without a number.",
    detect="The survival table: A(x) after the rollback, with its count; list the requests made since the cutover.",
    remedy="Roll back early. Restart what was made under AWS after the rollback; keep the KMS key, for a second "
    "cutover.",
    look=refused(BACK, *WRAPPED, wrap=CLOUD, only="wrong_provider"),
    detected_by=(counts("rollback-refuses-cloud"),),
)
def lost_at_the_rollback(stage: Stage) -> None:
    cut_over(stage)
    if stage.is_planted:
        roll_back(stage)


def _look_alike(evidence: Evidence) -> Seen | None:
    """A wrong provider and real damage are refused in the same words."""
    damage = evidence.of("damaged", world="damaged")
    probes = evidence.probes(AFTER, "file", wrap="L")
    alike = [each for each in probes if damage and each.event["cause"] == damage[0]["cause"]]
    if not alike:
        return None
    told = f"{len(alike)} sound files of before the cutover and one damaged file are refused alike"
    return Seen(told, str(damage[0]["cause"]), (damage[0].n, *(each.event.n for each in alike)))


@failure(
    "F46",
    "A wrong key and damage look the same",
    claims="G-03 G-22",
    says="tampered",
    symptom="“Not authentic”, “bad decrypt”: nobody can tell whether to restore a backup, a key or a permission.",
    cause="An envelope without a name of its provider and key leaves a failed tag as the only evidence.",
    detect="Damage one stored file in a rehearsal, and compare its cause with that of a file of the other provider.",
    remedy="Try one file of each era under both providers before anything is restored.",
    look=_look_alike,
    detected_by=(fails("cloud-refuses-local"),),
    reports="minio/kes#465 MemberJunction/MJ#4580",
)
def wrong_key_looks_like_damage(stage: Stage) -> None:
    plant_damage(stage.r, stage.run)
    with wrong_sombra(stage, "wrong-provider-called-tampered"):
        stage.r.must_start("after")
        stage.try_all(AFTER)


def _garbage_delivered(evidence: Evidence) -> Seen | None:
    """A download succeeds and is not the file."""
    probes = evidence.probes(AFTER, "file", wrap="L")
    garbage = [each for each in probes if each.event["status"] == 200 and not each.event["readable"]]
    if not garbage:
        return None
    told = f"{len(garbage)} downloads answer 200, and what they carry is not the file"
    return Seen(
        told,
        f"HTTP {garbage[0].event['status']}; must be {garbage[0].expected.cause}",
        tuple(each.event.n for each in garbage),
    )


@failure(
    "F47",
    "A fallback hands out ciphertext, or stores plaintext",
    claims="G-06",
    symptom="Downloads succeed; a data subject gets garbage, or a store holds what should be sealed.",
    cause="Where a key does not open, somebody decided that an answer is better than an error.",
    detect="Whatever comes back is the exact plaintext or a typed refusal: compare digests, not status codes.",
    remedy="Stop that version; recall what was delivered since.",
    look=_garbage_delivered,
    detected_by=(fails("files-leak-nothing"), fails("cloud-refuses-local")),
    reports="ankane/active_kms#4",
)
def ciphertext_handed_out(stage: Stage) -> None:
    with wrong_sombra(stage, "ciphertext-when-refused"):
        stage.r.must_start("after")
        stage.try_all(AFTER, "file")


def _restored_and_shut(evidence: Evidence) -> Seen | None:
    """The restored objects are the other provider's, and what was made meanwhile is gone."""
    shut = [each for each in evidence.probes(AFTER, *WRAPPED, wrap="L") if not each.event["readable"]]
    missing = evidence.of("restored")
    if not shut or not missing:
        return None
    told = f"{len(shut)} restored things stay shut; {missing[0]['missing']} requests made since the backup are gone"
    return Seen(told, cause_of(evidence, shut[0].event["cause"]), tuple(each.event.n for each in shut))


@failure(
    "F48",
    "A backup of the other side of the cutover is restored",
    claims="G-03 G-04",
    says="wrong_provider",
    symptom="After a restore everything is there and nothing opens; what was made since the backup is gone.",
    cause="The backup is of before the flip: its contexts were wrapped by the provider of that time.",
    detect="Take a copy at each step of a rehearsal and restore it at each other step.",
    remedy="Restore under the provider that wrote the backup. Take a backup directly after the cutover.",
    look=_restored_and_shut,
    detected_by=(counts("cloud-refuses-local"),),
    reports="hashicorp/vault#16294",
)
def backup_of_before_the_flip(stage: Stage) -> None:
    r = stage.r  # the backup: the world as it was when all was stopped
    with r.fork("live-service", "What goes on while the backup lies in its store") as live:
        live.must_start("after")
        made = Seeder(live, stage.seed).requests(("COMPILING",))
    r.must_start("after" if stage.is_planted else "before")
    found = r.exchange([r.cloud("GET", f"requests/{each.id}") for each in made])
    r.record("restored", missing=sum(1 for reply in found if not reply.ok))
    stage.try_all(AFTER if stage.is_planted else UNCHANGED)


@failure(
    "F49",
    "Sombra was born under AWS and is asked to go back to local",
    claims="G-23 G-24",
    says="wrong_provider",
    symptom="The “rollback” starts and is healthy, and nothing opens.",
    cause="There never was a Local root: going to local is a first migration, with all that it loses.",
    detect="`doctor` reads the provider of the file of today.",
    remedy="Return to AWS. A way to local is a cutover of its own: drain, archive, restart.",
    look=refused(BACK, *WRAPPED, only="wrong_provider"),
    detected_by=(fails("rollback-restores"), rule("before-not-local")),
    reports="hashicorp/vault#7952",
    unseeded=True,
)
def born_under_aws(stage: Stage) -> None:
    r = stage.r
    if stage.is_planted:
        stage.restore("before", like="after")
    r.must_start("before")
    stage.new_work()
    r.probe(BEFORE)
    roll_back(stage)


def _never_tried(evidence: Evidence) -> Seen | None:
    """All that was tried is as it must be, and something was never tried."""
    tried = {each.event["class"] for each in evidence.probed}
    wrong = [each for each in evidence.probed if not each.agrees]
    missing = [kind for kind in CLASSES if kind not in tried]
    if not missing or wrong:
        return None
    told = f"all {len(evidence.probed)} attempts ended as they must; none of them was of {', '.join(missing)}"
    made = sum(1 for event in evidence.of("artifact") if event["class"] in missing)
    return Seen(told, f"{made} of them were made", (evidence.probed[0].event.n,))


@failure(
    "F50",
    "The rehearsal itself is empty: nothing ran, or the emulator was too kind",
    claims="D-12",
    symptom="Green.",
    cause="Nothing was made, nothing was tried, or what was tried cannot fail; a row without numbers looks like a "
    "good one.",
    detect="Planned equals executed, no pass without evidence, wrong Sombras that must be killed, a strict KMS front.",
    remedy="Treat a run that did not reach everything as no run: exit code 3.",
    look=_never_tried,
    detected_by=(fails("every-class-seeded"),),
    reports="ruvnet/RuView#1884 cockroachdb/cockroach#105183",
    unseeded=True,
)
def empty_rehearsal(stage: Stage) -> None:
    r = stage.r
    with wrong_sombra(stage, "consent-not-tried"):
        r.must_start("before")
        stage.new_work()
        r.probe(BEFORE)
        r.stop()
        r.probe("stopped")
        r.must_start("after")
        r.probe(AFTER)
        roll_back(stage)
