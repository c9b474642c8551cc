"""F01 to F09: what goes wrong with JWT_ECDSA_KEY, its order, its place in the list, and what it has signed."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.checks.check import Evidence
from harness.failures import Seen, Stage, fails, failure, rule
from harness.failures.looks import refused, start_refused
from harness.key_material import fresh_key
from harness.model import SIGNED, WRAPPED
from scenarios.failure_modes.parts import AFTER, BACK, BEFORE, KEYS, cut_over, roll_back, start_under_aws, wrong_sombra
from scenarios.guide_proofs import let_tokens_age

PREFIX = "LS0tLS1CRUdJT"
"""What the documents let an operator check a key by."""


@failure(
    "F01",
    "The new JWT key is put in front while Sombra still runs under Local",
    claims="D-03 G-23",
    says="signature_invalid",
    symptom="Uploads work. After a rollback some files open and some do not, although all are of before the cutover.",
    cause="Local derives its wrapping key from the first entry: from the rotation on, keys are wrapped under the "
    "new one.",
    detect="Note the root fingerprint of each object around the rotation; roll back in a rehearsal with the old file.",
    remedy="Put the new key in front in the same step that switches the provider; if it is done already, keep both "
    "keys.",
    look=refused(BACK, *WRAPPED, wrap="L"),
    detected_by=(fails("rollback-restores"), rule("no-new-key")),
)
def rotated_while_local(stage: Stage) -> None:
    stage.restore("rollback", like="before")  # the file that was kept from before everything
    if stage.is_planted:
        stage.edit("before", **{KEYS: stage.files["after"][KEYS]})
    stage.r.must_start("before")
    stage.new_work()
    stage.try_all(BEFORE)
    cut_over(stage)
    roll_back(stage)


@failure(
    "F02",
    "The old JWT key is dropped",
    claims="D-02 G-11 G-23",
    says="signature_invalid",
    symptom="Nothing, until the rollback: then nothing of before the cutover opens, and never will again.",
    cause="The old key is the entropy of the Local root, and what it signed is verified by nothing else.",
    detect="`doctor` on the file of the cutover; compare the fingerprint of the old key with every later list.",
    remedy="Put the old key back in second place. If it is gone for good, only an archive helps.",
    look=refused(BACK, *WRAPPED, wrap="L", only="signature_invalid"),
    detected_by=(fails("rollback-restores"), rule("old-key-dropped")),
)
def old_key_dropped(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", **{KEYS: stage.keys("after")[0]})
    cut_over(stage)
    roll_back(stage)


@failure(
    "F03",
    "After the rollback the old environment is restored",
    claims="D-04",
    says="signature_invalid",
    symptom="The rollback is fine. A later tidy-up brings the old file back, and what was written since the "
    "rollback is shut.",
    cause="Since the rollback Local wraps under the new key, which the old environment does not hold.",
    detect="`doctor` with the file of the rollback; write one object after a rehearsed rollback, restore, read it.",
    remedy="Go back to the list of two keys. Change KMS_PROVIDER and nothing else at a rollback.",
    look=refused("old-environment", *WRAPPED, wrap="L"),
    detected_by=(rule("rollback-new-key-dropped"),),
)
def old_environment_restored(stage: Stage) -> None:
    r = stage.r
    cut_over(stage)
    roll_back(stage)
    stage.new_work()
    if stage.is_planted:
        stage.restore("rollback", like="before")
    r.stop()
    r.must_start("rollback")
    stage.try_all("old-environment")


@failure(
    "F04",
    "A fifth key set makes the oldest forgotten",
    claims="D-05 G-25",
    says="forgotten_key",
    symptom="After a rotation that has nothing to do with the migration the oldest tokens and files begin to fail.",
    cause="Sombra remembers four key sets; a migration takes one of the places.",
    detect="`doctor` counts the list; rotate in a rehearsal until the old key stands fifth.",
    remedy="Move the key that is still needed into the first four, and rotate no further until nothing needs it.",
    look=refused(AFTER, *SIGNED, only="forgotten_key"),
    detected_by=(fails("old-tokens-verify"), rule("old-key-forgotten")),
)
def fifth_key_set(stage: Stage) -> None:
    rotations = [fresh_key(f"rotation-{number}") for number in range(3 if stage.is_planted else 2)]
    stage.edit("after", **{KEYS: ",".join((*rotations, *stage.keys("after")))})
    cut_over(stage)


def _old_key_published(evidence: Evidence) -> Seen | None:
    first, published = evidence.of("public-key")[0], evidence.of("public-key")[-1]
    health = evidence.of("health")[-1]
    if published["fingerprint"] != first["fingerprint"] or health["instance"] != evidence.of("booted")[-1]["instance"]:
        return None
    told = f"health is {health['customer']}, and the published key is {published['fingerprint']}, as before the cutover"
    return Seen(told, f"first entry of the list: {evidence.of('booted')[-1]['keys'][0]}", (health.n, published.n))


@failure(
    "F05",
    "The keys are in the wrong order: the old one is first",
    claims="G-10 G-12",
    symptom="Everything is green. Sombra goes on signing with the old key, and publishes it.",
    cause="The first entry of JWT_ECDSA_KEY signs, whatever was meant by its place.",
    detect="`doctor` on both files; compare the published public key with the new key's fingerprint.",
    remedy="New key first, old key second; restart.",
    look=_old_key_published,
    detected_by=(fails("new-key-first"), rule("order-swapped")),
)
def order_swapped(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", **{KEYS: ",".join(reversed(stage.keys("after")))})
    cut_over(stage)


def _passes_the_prefix(evidence: Evidence) -> Seen | None:
    seen, passing = start_refused(evidence), [event for event in evidence.of("prefix-checked") if event["passes"]]
    if seen is None or not passing:
        return None
    told = f"{seen.symptom}; {len(passing)} of {len(evidence.of('prefix-checked'))} pass the documented prefix check"
    return Seen(told, seen.cause, seen.evidence)


@failure(
    "F06",
    "The new key is of the wrong kind: another curve, RSA, or a public key",
    claims="G-12",
    says="JWT_ECDSA_KEY item 1",
    symptom="Sombra does not start in the window, or starts and cannot sign its first token.",
    cause="ES384 needs a P-384 private key; the prefix by which the documents let one check a key is that of any PEM.",
    detect="`doctor` parses every entry, and says what it is instead.",
    remedy="Make one with `openssl ecparam -genkey -name secp384r1 -noout | base64 --wrap=0`.",
    look=_passes_the_prefix,
    detected_by=(fails("operator-boots"), rule("key-wrong-curve")),
)
def key_of_the_wrong_kind(stage: Stage) -> None:
    new, old = stage.keys("after")
    wrong = (fresh_key("p256", curve="P-256"), *_rsa_pair()) if stage.is_planted else (new,)
    stage.edit("after", **{KEYS: f"{wrong[0]},{old}"})
    for item in wrong:
        stage.r.record("prefix-checked", passes=item.startswith(PREFIX))
        stage.r.start("after", changed={KEYS: f"{item},{old}"})
        stage.r.stop()


@cache
def _rsa_pair() -> tuple[str, str]:
    """An RSA private key and a public key, as list items."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    return b64encode(private).decode(), b64encode(public).decode()


@failure(
    "F07",
    "Noise in the list of keys: a trailing comma, a line end, blanks, base64 twice",
    claims="G-12",
    says="JWT_ECDSA_KEY item 3",
    symptom="Sombra does not start, or one key of the list silently counts for nothing.",
    cause="A list is split at its commas and nothing else; what a shell, an editor or a template added stays in.",
    detect="`doctor` splits strictly, counts, and fingerprints each entry.",
    remedy="One line, no blanks, no quotes, no comma at the end; encode each PEM once with `base64 --wrap=0`.",
    look=start_refused,
    detected_by=(fails("operator-boots"), rule("key-empty")),
)
def noise_in_the_list(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", **{KEYS: f"{stage.files['after'][KEYS]},"})
    stage.r.start("after")


@failure(
    "F08",
    "A loop over the keys dies at one that is of another kind",
    claims="G-11 G-12",
    says="internal",
    symptom="Old tokens are refused although the old key stands in the list.",
    cause="The loop goes on after a wrong signature alone; a key of another curve raises something else, and it "
    "ends there.",
    detect="Verify an old token with an odd key in front of the right one. Here such a list does not start, so it "
    "takes "
    "a Sombra that lets it.",
    remedy="Take the odd key out of the list. In code of your own, go on after `jwt.InvalidKeyError` too.",
    look=refused(AFTER, *SIGNED, only="internal"),
    detected_by=(fails("old-tokens-verify"), rule("key-wrong-curve")),
)
def loop_dies_at_an_odd_key(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", **{KEYS: f"{fresh_key('p256', curve='P-256')},{stage.keys('before')[0]}"})
    with wrong_sombra(stage, "odd-key-ends-the-loop"):
        start_under_aws(stage)
        stage.try_all(AFTER, *SIGNED)


def _age_mistaken(evidence: Evidence) -> Seen | None:
    aged = evidence.of("aged", world="aged", **{"class": "download_key"})
    wrong = [event for event in aged if event["cause"] != "token_expired"]
    if not wrong:
        return None
    told = f"{len(wrong)} of {len(aged)} links that have expired are refused for their signature, or taken"
    return Seen(told, str(wrong[0]["cause"] or "accepted"), tuple(event.n for event in wrong))


@failure(
    "F09",
    "Age is mistaken for a wrong key, or a token is accepted after its end",
    claims="G-11",
    says="signature_invalid",
    symptom="An expired link is reported as a bad signature, and people look for a key that is not missing.",
    cause="The verifying loop goes on to the next key for every error, not for a wrong signature alone; or its "
    "leeway is "
    "generous.",
    detect="Offer tokens of known age with another key in front of the one that signed.",
    remedy="Ask for a fresh link. In code of your own, only a signature that does not fit may lead to the next key.",
    look=_age_mistaken,
    detected_by=(fails("age-told-apart"),),
    reports="jalantechnologies/flask-react-template#782",
)
def age_mistaken_for_a_wrong_key(stage: Stage) -> None:
    with wrong_sombra(stage, "expired-called-invalid"):
        let_tokens_age(stage.r)
