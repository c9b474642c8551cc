"""The forks of the guide: what it offers besides, and each way of doing it wrong, on copies of the same world."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from harness.artifacts import Artifact, Submitted
from harness.key_material import fresh_key
from harness.rehearsal.background import beat, reconnect
from harness.rehearsal.damage import damage_everything
from harness.rehearsal.in_flight import in_flight_count, read_what_came_of_it, try_next_steps
from harness.rehearsal.kms_calls import refusals_counted
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.roads import try_roads
from harness.rehearsal.seed import Seeder
from harness.rehearsal.webhooks import deliver, fresh_webhook, started_receiver
from harness.runbook import Runbook, minutes
from harness.target import control
from scenarios.faults import plant_kms_faults
from scenarios.parts import drain, functional_probe, new_work, what_is_left_counted

BEFORE, AFTER, BACK = "before-cutover", "after-cutover", "after-rollback"
THROW = "AWS_KMS_THROW_PERMISSIONS_ERRORS"
LAST_LOADED = 3  # the fourth place: one more and a key set is forgotten


def sample(r: Rehearsal) -> list[Artifact]:
    """A few artifacts of every class, so that a fork stays cheap."""
    return r.ledger.sample()


def jwt_keys(r: Rehearsal, environment: str) -> list[str]:
    return r.environments[environment]["JWT_ECDSA_KEY"].split(",")


def before_the_stop(r: Rehearsal, run: Runbook) -> None:
    with r.fork("happy", "Every in-flight status takes its next step under Local") as f:
        f.must_start("before")
        try_next_steps(f, BEFORE)
        read_what_came_of_it(f)
    drain_first(r)
    pause_and_restart(r, run)
    keep_a_receiver(r, run)
    rotate_before_stop(r, run)
    plant_overlaps(r)
    plant_slow_step(r, run)
    plant_damage(r, run)


def drain_first(r: Rehearsal) -> None:
    with r.fork("drained", "Complete or cancel first: nothing in flight is lost") as f:
        f.must_start("before")
        in_flight_count(f, BEFORE)
        drain(f)
        f.stop()
        f.must_start("after")
        in_flight_count(f, AFTER)


def pause_and_restart(r: Rehearsal, run: Runbook) -> None:
    with r.fork("paused", "Pause, cut over, restart") as f:
        f.must_start("before")
        request = f.ledger.in_status("COMPILING")[0]
        paused = f.exchange([f.cloud("POST", "organization/pause", {})])[0]
        f.record("paused-request", stage="paused", ok=paused.json.get("isPaused") is True, why=paused.cause)
        beat(f, run.seed, "paused")
        held = f.call("next step", f.customer.confirm(f.ledger.token("nonce", request.name)))
        f.record("paused-request", stage="held", ok=held.cause == "conflict", why=held.cause or "done")
        enrich_while_paused(f)
        f.stop()
        beat(f, run.seed, "stopped")
        f.must_start("after")
        beat(f, run.seed, AFTER)
        reconnect(f, run.seed)
        beat(f, run.seed, "reconnected", refreshes=False)
        f.exchange([f.cloud("POST", "organization/unpause", {})])
        made, total = standing(f, request.id)
        restarted = f.call("restart", f.customer.submit(request, restart=True))
        made_now, total_now = standing(f, request.id)
        goes_on = str(restarted.json["request"]["id"])
        told = {
            "is_the_same": goes_on == request.id,
            "is_dated_as_before": made_now == made,
            "further_requests": total_now - total,
        }
        f.record("paused-request", stage="restarted", ok=restarted.ok, why=restarted.cause, **told)
        try_the_old_nonce(f, request)
        Seeder(f, run.seed).keep("request", f"{request.name}-restarted", request=request.name, handle={"id": goes_on})
        webhook = f.cloud("POST", f"requests/{goes_on}/webhook", {"dataSiloId": "crm", "url": None})
        nonce = f.need("webhook", [webhook])[0].json["headers"]["x-transcend-nonce"]
        f.need("enrich", [f.customer.enrich(nonce, request.found)])
        completed = f.call("complete", f.customer.confirm(nonce))
        f.record("paused-request", stage="completed", ok=completed.ok, why=completed.cause)
        f.probe(AFTER, [f.ledger.artifacts[f"request/{request.name}-restarted"]])
        f.stop()
        f.must_start("rollback")
        kept = [*f.ledger.of("file"), *f.ledger.of("identifier")]
        f.probe(BACK, [*(each for each in kept if each.request == request.name), *f.ledger.of("integration")])


def try_the_old_nonce(f: Rehearsal, request: Submitted) -> None:
    """What was sent out before the restart still carries the context of then."""
    old_nonce = f.ledger.token("nonce", request.name)
    tried = f.calls("old nonce", [f.customer.enrich(old_nonce, request.found), f.customer.confirm(old_nonce)])
    causes = sorted({each.cause for each in tried})
    f.record("paused-request", stage="old-nonce", ok=causes == ["wrong_provider"], why=f"was {causes}")


def enrich_while_paused(f: Rehearsal) -> None:
    """Nothing found may be kept before the pause is asked about."""
    request = f.ledger.in_status("REQUEST_MADE")[0]
    sets = f.cloud("GET", f"requests/{request.id}/identifiers")
    enriching = f.customer.enrich(f.ledger.token("nonce", request.name), request.found)
    before, refused, after = f.exchange([sets])[0], f.call("enrich", enriching), f.exchange([sets])[0]
    is_kept = len(before.json["sets"]) != len(after.json["sets"])
    why = "what was found was kept" if is_kept else refused.cause or "done"
    f.record("paused-request", stage="not-enriched", ok=refused.cause == "conflict" and not is_kept, why=why)


def standing(r: Rehearsal, request: str) -> tuple[str, int]:
    """When a request was made, and how many there are."""
    asked = [r.cloud("GET", f"requests/{request}"), r.cloud("GET", "requests?first=1")]
    one, all_of_them = (reply.json for reply in r.exchange(asked))
    return str(one["createdAt"]), int(all_of_them["totalCount"])


def keep_a_receiver(r: Rehearsal, run: Runbook) -> None:
    """A webhook receiver that fetched the public key before the cutover and is not restarted (D-10)."""
    with r.fork("cached-receiver", "A webhook receiver keeps the public key over the cutover") as f:
        f.must_start("before")
        kept, old = started_receiver(f), fresh_webhook(f, run.seed)
        deliver(f, kept, old, stage="before")
        f.stop()
        f.must_start("after")
        new = fresh_webhook(f, run.seed)
        deliver(f, kept, new, stage="kept")
        restarted = started_receiver(f)
        deliver(f, restarted, new, stage="restarted")
        deliver(f, restarted, old, stage="restarted-old-webhook")


def rotate_before_stop(r: Rehearsal, run: Runbook) -> None:
    """Local wraps under the new key before the stop: readable after a rollback only while it is listed (D-03)."""
    both = {"JWT_ECDSA_KEY": r.environments["after"].get("JWT_ECDSA_KEY", "")}
    old_only = {"JWT_ECDSA_KEY": r.environments["before"]["JWT_ECDSA_KEY"]}
    with r.fork("rotate-before-stop", "Rotate the JWT key while still Local") as f:
        f.must_start("before", changed=both)
        new_work(f, run.seed)
        f.stop()
        f.must_start("after")
        f.probe(AFTER, sample(f))
        f.stop()
        f.must_start("rollback")
        f.probe(BACK, sample(f))
        f.stop()
        f.must_start("before", changed=old_only)
        f.probe("old-environment", sample(f))
        f.stop()
        f.must_start("rollback", changed={"JWT_ECDSA_KEY": jwt_keys(f, "after")[0]})
        f.probe("new-key-only", sample(f))


def plant_overlaps(r: Rehearsal) -> None:
    with r.fork("overlap:rolling-update", "A rolling update starts the new pod first") as f:
        f.must_start("before")
        f.must_start("after")
        f.stop()
    with r.fork("overlap:surge-pod", "A surge pod outlives the switch") as f:
        f.must_start("before")
        f.must_start("before")
        stop_any(f, f.live[:1])
        f.must_start("after")
        f.stop()
    with r.fork("overlap:forgotten-deployment", "A second deployment is forgotten") as f:
        f.must_start("before")
        f.must_start("before")
        stop_any(f, f.live[1:])
        f.must_start("after")
        f.probe("overlapped", sample(f))
        f.stop()


def stop_any(f: Rehearsal, instances: tuple[str, ...]) -> None:
    for instance in instances:
        f.stop_one(instance)


def plant_slow_step(r: Rehearsal, run: Runbook) -> None:
    """One step that takes longer than any window, on a clock that is moved instead of waited for."""
    with r.fork("slow-step", "A step takes three hours") as f:
        hours = iter((0.0, minutes(180)))
        slow = Runbook(f, run.seed, clock=lambda: next(hours))
        with slow.step("slow", "A restart that takes three hours", declared_s=0.0):
            f.must_start("before")


def plant_damage(r: Rehearsal, run: Runbook) -> None:
    """Damage must be told apart from a wrong provider."""
    with r.fork("damaged", "What is stored is damaged, one thing after the other") as f:
        f.must_start("before")
        damage_everything(f, run.seed)


def plant_damage_under_aws(r: Rehearsal, run: Runbook) -> None:
    with r.fork("damaged:cloud", "What was made under AWS is damaged, one thing after the other") as f:
        f.must_start("after")
        damage_everything(f, run.seed, made_by="after")


@dataclass(frozen=True)
class Wrong:
    """One way of getting the cloud prerequisites wrong, and the cause that must tell it apart (G-09)."""

    name: str
    cause: str
    changed: Mapping[str, str | None] = field(default_factory=dict)
    deny: str = ""
    state: str = ""
    usage: str = ""
    fault: str = ""
    without: tuple[str, ...] = ()


def prerequisites(arn: str, *, throws: bool) -> tuple[Wrong, ...]:
    region, account = arn.split(":")[3], arn.split(":")[4]
    elsewhere = "us-east-1" if region != "us-east-1" else "eu-west-1"
    stranger = "999988887777" if account != "999988887777" else "111122223333"
    absent = arn[:-4] + ("0000" if not arn.endswith("0000") else "1111")
    return (
        Wrong("no-key", "kms_key_not_found", {"AWS_KMS_KEY_ARN": absent}),
        Wrong("wrong-region", "kms_key_not_found", {"AWS_REGION": elsewhere}),
        Wrong("wrong-account", "kms_access_denied", {"AWS_KMS_KEY_ARN": arn.replace(account, stranger)}),
        Wrong("disabled", "kms_key_disabled", state="Disabled"),
        Wrong("pending-deletion", "kms_key_pending_deletion", state="PendingDeletion"),
        Wrong("wrong-usage", "kms_invalid_key_usage", usage="SIGN_VERIFY"),
        Wrong("deny-encrypt", "kms_access_denied", deny="kms:Encrypt"),
        Wrong("deny-decrypt", "kms_access_denied", deny="kms:Decrypt"),
        Wrong("deny-generate-random", "kms_access_denied" if throws else "", deny="kms:GenerateRandom"),
        Wrong("no-credentials", "kms_credentials", without=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        Wrong("unreachable", "kms_unreachable", {"FAKE_SOMBRA_KMS_RETRIES": "1"}, fault="*:outage"),
    )


def while_stopped(r: Rehearsal, run: Runbook) -> None:
    arn = r.environments["after"].get("AWS_KMS_KEY_ARN", "")
    if arn.startswith("arn:aws:kms:") and ":key/" in arn:
        for wrong in prerequisites(arn, throws=r.environments["after"].get(THROW) == "true"):
            plant_prerequisite(r, run, wrong, arn)
        silent = Wrong("silent-denial", "kms_access_denied", {THROW: "false"}, deny="kms:Decrypt")
        plant_prerequisite(r, run, silent, arn)
        plant_kms_faults(r, run)
    key_lists(r, run)


def plant_prerequisite(r: Rehearsal, run: Runbook, wrong: Wrong, arn: str) -> None:
    with r.fork(f"prerequisite:{wrong.name}", f"The cutover with {wrong.name.replace('-', ' ')}") as f:
        if wrong.usage:
            f.need("forget the key", [control("kms-control", "POST", "/keys/forget", {"arn": arn})])
            key = {"arn": arn, "spec": "RSA_2048", "usage": wrong.usage}
            f.need("make a key of another usage", [control("kms-control", "POST", "/keys", key)])
        if wrong.state:
            f.set_key_state(arn, wrong.state)
        if wrong.deny:
            f.deny(wrong.deny)
        f.record("planted", expected=wrong.cause, what=wrong.name, starts=_starts(r, wrong))
        fault = f.fault(wrong.fault) if wrong.fault else nullcontext()
        with fault, refusals_counted(f), what_is_left_counted(f):
            if f.start("after", changed=wrong.changed, without=wrong.without):
                f.look_at_health()
                functional_probe(f, run.seed, AFTER, is_bare=True)
            else:
                f.record("functional-probe", moment=AFTER, ok=False, cause=f.refusal_cause(), made=0)


def _starts(r: Rehearsal, wrong: Wrong) -> bool:
    """Only a missing permission refuses a start, and only with the flag (claims.md, "Start-up")."""
    flag = {**r.environments["after"], **wrong.changed}.get(THROW)
    return flag != "true" or wrong.cause not in {"kms_access_denied", "kms_credentials"}


def key_lists(r: Rehearsal, run: Runbook) -> None:
    """The old key dropped, the order swapped, a wrong curve, noise: each shows in the window (G-12)."""
    new, old = fresh_key("new"), jwt_keys(r, "before")[0]
    lists = {
        "old-dropped": new,
        "swapped": f"{old},{new}",
        "wrong-curve": f"{fresh_key('p256', curve='P-256')},{old}",
        "trailing-comma": f"{new},{old},",
    }
    for name, value in lists.items():
        with r.fork(f"keys:{name}", f"JWT_ECDSA_KEY with {name.replace('-', ' ')}") as f:
            if f.start("after", changed={"JWT_ECDSA_KEY": value}):
                f.look_at_health()
                f.probe(AFTER, sample(f))


def after_the_cutover(r: Rehearsal, run: Runbook) -> None:
    rotate_keys(r, run)
    plant_damage_under_aws(r, run)
    with r.fork("drop-old-key", "The old key is dropped, then rolled back: the point of no return (D-02)") as f:
        only_new = {"JWT_ECDSA_KEY": jwt_keys(f, "after")[0]}
        f.must_start("rollback", changed=only_new)
        f.probe(BACK, sample(f))


def rotate_keys(r: Rehearsal, run: Runbook) -> None:
    """Rotation afterwards: JWT keys up to the fifth set, and the KMS key (G-25, D-05)."""
    keys = jwt_keys(r, "after")
    with r.fork("fifth-key", "Rotate the JWT key until the first is forgotten") as f:
        old = jwt_keys(r, "before")[0]
        while old in keys and keys.index(old) < LAST_LOADED:
            keys.insert(0, fresh_key(f"rotation-{len(keys)}"))
        f.must_start("after", changed={"JWT_ECDSA_KEY": ",".join(keys)})
        f.probe("four-sets", sample(f))
        f.stop()
        keys.insert(0, fresh_key("rotation-5"))
        f.must_start("after", changed={"JWT_ECDSA_KEY": ",".join(keys)})
        f.probe("five-sets", sample(f))
    with r.fork("kms-rotation", "Rotate the KMS key's material") as f:
        f.must_start("after")
        older = sample(f)  # the newest of these are under the material of before
        f.kms("rotate", "/keys/rotate", {"arn": f.environments["after"]["AWS_KMS_KEY_ARN"]})
        new_work(f, run.seed)
        f.probe(AFTER, older)
        f.probe(AFTER, sample(f))


def after_the_rollback(r: Rehearsal, run: Runbook) -> None:
    with r.fork("restore-old-env", "Restore the old environment instead of rolling back (D-04)") as f:
        latest = [artifact for artifact in f.ledger if artifact.instance.startswith("rollback")]
        f.must_start("before")
        wanted = {artifact.name: artifact for artifact in (*sample(f), *latest)}
        f.probe("old-environment", wanted.values())
    with r.fork("goes-on", "After the rollback old work goes on where it stood") as f:
        f.must_start("rollback")
        try_roads(f, BACK)
        try_next_steps(f, BACK)
        read_what_came_of_it(f)


def roll_back_from(r: Rehearsal, step: str) -> None:
    """From every prefix of the window the rollback brings the Local era back."""
    with r.fork(f"rollback@{step}", f"Roll back after the step {step!r}") as f:
        f.must_start("rollback")
        f.look_at_health()
        f.probe(BACK, sample(f))
