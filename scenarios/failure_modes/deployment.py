"""F26 to F32, F34, F35: how gateways are replaced, scaled and reached, and which environment they really get."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence
from harness.checks.cutover_checks import overlaps
from harness.environment import Environment, facts
from harness.failures import Seen, Stage, fails, failure, rule
from harness.failures.looks import cause_of, refused, start_refused
from harness.history import TRUNK
from harness.model import WRAPPED
from scenarios.failure_modes.parts import (
    AFTER,
    ARN,
    KEYS,
    cut_over,
    deploy,
    roll_back,
    start_under_aws,
    wrong_sombra,
)

STOPPED = "stopped"


def _both_kinds_in_the_window(evidence: Evidence) -> Seen | None:
    """While two providers lived, work of both kinds was made, and what opens depends on who is asked."""
    found = overlaps(evidence, TRUNK)
    if not found:
        return None
    one, other = found[0]
    made = [event for event in evidence.of("artifact") if event.n > one.n and event["class"] == "request"]
    providers = {event["instance"]: event["provider"] for event in evidence.of("booted")}
    counted = {each: sum(1 for event in made if providers[event["instance"]] == each) for each in ("local", "AWS")}
    told = f"requests made in the window: {counted['local']} under local, {counted['AWS']} under AWS"
    return Seen(told, f"{one['instance']} and {other['instance']} were live at the same time", (one.n, other.n))


@failure(
    "F26",
    "A rolling update lets old and new gateways live side by side, even with one replica",
    claims="G-02 D-07",
    symptom="Success and failure alternate; after the window there are objects of both kinds.",
    cause="RollingUpdate starts the surge pod before it stops the old one, and the service sends calls to both.",
    detect="`doctor` reads the strategy; the life intervals of all instances; canaries that say who answered.",
    remedy="Strategy Recreate, or scale to zero and wait until no pod is left. Afterwards restart what the window made "
    "under Local.",
    look=_both_kinds_in_the_window,
    detected_by=(fails("no-overlap"), rule("rolling-update")),
)
def rolling_update(stage: Stage) -> None:
    r = stage.r
    deploy(stage, wrong=("{type: Recreate}", "{type: RollingUpdate}"))
    r.must_start("before")
    if not stage.is_planted:
        r.stop()
    r.must_start("after")
    stage.new_work()  # calls reach the oldest that lives
    for instance in r.live[:-1]:
        r.stop_one(instance)
    stage.new_work()
    stage.try_all(AFTER)


def _deployed_but_not_in_use(evidence: Evidence) -> Seen | None:
    """Health is green, and the published key is not the one in the Secret."""
    changed, health = evidence.of("secret-changed"), evidence.of("health")
    published = evidence.of("public-key")[-1]
    if not changed or published["fingerprint"] == changed[-1]["keys"][0]:
        return None
    told = f"health is {health[-1]['customer']}; in the Secret {changed[-1]['keys'][0]} is first, "
    told += f"in use is {published['fingerprint']}"
    return Seen(told, f"{health[-1]['instance']} was started before the Secret changed", (changed[-1].n, published.n))


@failure(
    "F27",
    "The Secret was changed, and nothing was restarted",
    claims="D-07 G-14",
    limits="One gateway, not a fleet: which replica has which key is asked of a running Sombra.",
    symptom="The upgrade is green; the new key is in the Secret and not in use, or in use by some replicas only.",
    cause="A process reads its environment once; a changed Secret starts no new one unless the pod template changes "
    "too.",
    detect="`doctor` misses the checksum annotation; compare the published key, replica by replica, with the new key.",
    remedy="Restart every replica after the Secret is changed: it is a step of the cutover.",
    look=_deployed_but_not_in_use,
    detected_by=(rule("secret-without-checksum"),),
    reports="neochaotic/leoflow#316",
)
def secret_changed_nothing_restarted(stage: Stage) -> None:
    r = stage.r
    deploy(stage, wrong=('{checksum/secret: "1"}', '{checksum/opa-config: "1"}'))
    r.must_start("before")
    new_list = stage.files["after"][KEYS]
    stage.edit("before", **{KEYS: new_list})
    r.record("secret-changed", keys=facts(Environment("secret", {KEYS: new_list}, "the Secret"))["keys"])
    if not stage.is_planted:
        r.stop()
        r.must_start("before")
    r.look_at_health()


@failure(
    "F28",
    "A list in an overlay replaces the base's, and variables are gone",
    claims="G-19",
    says="ORGANIZATION_URI",
    symptom="Sombra does not start, or starts as somebody else.",
    cause="Helm merges maps and replaces lists: an overlay's `envs` drops what stood in the base's.",
    detect="Render before and after and compare the names of variables; `doctor` does.",
    remedy="Put the missing variables into the overlay's list too.",
    look=start_refused,
    detected_by=(fails("operator-boots"), rule("organization-missing"), rule("variable-dropped")),
)
def variables_dropped(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", ORGANIZATION_URI=None)
    stage.r.start("after")


def _writes_while_stopped(evidence: Evidence) -> Seen | None:
    """Somebody still answers, and writes, although Sombra is stopped."""
    probes = evidence.probes(STOPPED)
    answered = [each for each in probes if each.event["readable"]]
    if not answered:
        return None
    begun = answered[0].event.n
    written = [event for event in evidence.of("artifact") if event["class"] == "request" and event.n > begun]
    instances = sorted({each.event["instance"] for each in answered})
    told = f"after the stop {len(answered)} things still open, and {len(written)} new requests are taken"
    return Seen(told, f"{', '.join(instances)} still lives", tuple(each.event.n for each in answered))


@failure(
    "F29",
    "Stopping Sombra does not stop it: an autoscaler, a second cluster, a slow drain",
    claims="G-02",
    symptom="Writes go on under Local after the inventory was taken; some of them are lost with the cutover.",
    cause="Something keeps an instance alive or brings it back: HPA, ECS service scaling, a deployment nobody "
    "thought of.",
    detect="Zero instances and zero writes, looked at, before anything starts; `doctor` finds autoscalers and "
    "replicas.",
    remedy="Suspend the autoscaler, scale to zero, wait until the last connection is closed; then take the inventory.",
    look=_writes_while_stopped,
    detected_by=(fails("stopped-refuses-all"), fails("no-overlap"), rule("autoscaled")),
)
def stop_does_not_stop(stage: Stage) -> None:
    r = stage.r
    deploy(stage, beside=_AUTOSCALER)
    r.must_start("before")
    if stage.is_planted:
        r.must_start("before")
    r.stop_one(r.live[0])
    stage.try_all(STOPPED)
    if r.live:
        stage.new_work()
    r.must_start("after")


_AUTOSCALER = """---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: sombra}
spec:
  minReplicas: 1
  scaleTargetRef: {kind: Deployment, name: sombra}
"""


def _not_what_the_file_says(evidence: Evidence) -> Seen | None:
    """The rolled back service runs under another provider than was written down."""
    boot = evidence.of("booted", environment="rollback", accepted=True)[-1]
    if boot["provider"] == "local":
        return None
    shut = [each for each in evidence.probes("after-rollback", *WRAPPED, wrap="L") if not each.event["readable"]]
    told = f"after the rollback the provider is {boot['provider']}; {len(shut)} things of before the cutover stay shut"
    cause = cause_of(evidence, shut[0].event["cause"]) if shut else boot["provider"]
    return Seen(told, cause, (boot.n, *(each.event.n for each in shut)))


@failure(
    "F30",
    "A variable left over elsewhere outweighs the file",
    claims="G-23 G-14",
    says="wrong_provider",
    symptom="The provider is not what the file says; a rollback leads from AWS to AWS, and nothing comes back.",
    cause="Later layers win: extra variables, a secret store, a second entry of the same name.",
    detect="Resolve the environment as the container gets it, with the place each variable came from; `doctor` does.",
    remedy="Remove the variable where it does not belong; look at the provider in the admin view after each start.",
    look=_not_what_the_file_says,
    detected_by=(fails("rollback-healthy"), rule("rollback-not-local"), rule("environment-shadowed")),
    reports="hashicorp/vault#16294",
)
def left_over_variable_wins(stage: Stage) -> None:
    named = "            - {name: KMS_PROVIDER, value: AWS}\n"
    deploy(stage, wrong=(named, f"            - {{name: KMS_PROVIDER, value: local}}\n{named}"))
    cut_over(stage)
    if stage.is_planted:
        stage.edit("rollback", KMS_PROVIDER="AWS")
    roll_back(stage)


@failure(
    "F31",
    "The image's tag moves, and a restart brings another version",
    claims="G-19",
    says="tampered",
    limits="A variant of the fake, with an encryption context, stands in for another version of Sombra.",
    symptom="After a restart in the window something behaves differently, and the KMS is blamed for it.",
    cause="`latest` is pulled at each start; another version has other defaults, here an encryption context.",
    detect="`doctor` reads the image; note the digest before and after.",
    remedy="Pin the digest for the window. Go back to the version that wrote what does not open now.",
    look=refused(AFTER, *WRAPPED, wrap=CLOUD),
    detected_by=(fails("new-artifacts-open"), rule("image-floating")),
    reports="hashicorp/vault#22075 rails/rails#48204",
)
def image_moves(stage: Stage) -> None:
    pinned = "v7.444.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    deploy(stage, wrong=(pinned, "latest"))
    if start_under_aws(stage):
        stage.new_work()
    stage.r.stop()
    stage.r.must_start("after", changed={"FAKE_SOMBRA_KMS_CONTEXT": "context"} if stage.is_planted else None)
    stage.try_all(AFTER)


def _restarts_help_nobody(evidence: Evidence) -> Seen | None:
    """Health is red start after start, while the process is as well as it can be."""
    red = [event for event in evidence.of("health") if event["customer"] != 200]
    if not red:
        return None
    told = f"health is {red[0]['customer']} after each of {len(red)} starts: an orchestrator restarts it for ever"
    return Seen(told, cause_of(evidence, "kms_access_denied"), tuple(event.n for event in red))


@failure(
    "F32",
    "Liveness hangs on the KMS, or health does not at all",
    claims="D-06 D-07 G-19",
    says="kms_access_denied",
    symptom="A blip of the KMS becomes a crash loop; or probes are green while every request fails.",
    cause="One path serves liveness and readiness, so either the KMS decides about restarts or nobody looks at it.",
    detect="`doctor` compares the probes; deny the KMS in a rehearsal and look at health. (The green half is F11.)",
    remedy="Liveness on the process alone, readiness on its own path, and a functional probe outside both.",
    look=_restarts_help_nobody,
    detected_by=(fails("healthy-and-works"), rule("probe-shared")),
    reports="kubernetes/kubernetes#93968 kubernetes-sigs/aws-encryption-provider#74",
)
def liveness_hangs_on_the_kms(stage: Stage) -> None:
    deploy(stage, wrong=("readinessProbe: {httpGet: {path: /health, port: 5042}}",
                         "readinessProbe: {httpGet: {path: /health, port: 5039}}"))  # fmt: skip
    if stage.is_planted:
        stage.r.deny("kms:Decrypt")
    with wrong_sombra(stage, "health-asks-the-kms"):
        for _ in range(3):
            start_under_aws(stage)


def _new_work_is_local(evidence: Evidence) -> Seen | None:
    """What is made after the cutover is wrapped by Local, because the route leads to the old instance."""
    boots = {event["instance"]: event for event in evidence.of("booted", accepted=True)}
    after = next((event for event in boots.values() if event["environment"] == "after"), None)
    if after is None:
        return None
    late = [event for event in evidence.of("artifact") if event.n > after.n and event["class"] == "request"]
    local = [event for event in late if boots[event["instance"]]["provider"] == "local"]
    if not local:
        return None
    told = f"{len(local)} of {len(late)} requests made after the start of {after['instance']} are wrapped by Local"
    return Seen(told, f"calls still reach {local[0]['instance']}", tuple(event.n for event in local))


@failure(
    "F34",
    "Traffic still goes to the old instance",
    claims="G-02 G-20",
    limits="Calls reach the oldest gateway that lives; no tunnel and no second cluster is simulated.",
    symptom="The new gateway is green and idle; new requests are encrypted by the old provider after the cutover.",
    cause="A reverse tunnel, a second cluster or a Sombra that is not the primary one still serves the route.",
    detect="A canary through the public route that says which provider wrapped it; the KMS journal shows no Encrypt.",
    remedy="Stop the old instance before anything else; restart the requests it took.",
    look=_new_work_is_local,
    detected_by=(fails("no-overlap"),),
)
def traffic_to_the_old_instance(stage: Stage) -> None:
    r = stage.r
    r.must_start("before")
    if not stage.is_planted:
        r.stop()
    r.must_start("after")
    stage.new_work()
    r.read_journal(AFTER)


@failure(
    "F35",
    "The configuration is half of one provider and half of the other",
    claims="G-01 D-01 G-09",
    says="AWS_KMS_KEY_ARN",
    symptom="Sombra runs under one of the two, and nobody can say which; here it does not start.",
    cause="AWS without an ARN or a region, or two names in one variable. Local with leftover AWS variables is no "
    "such case.",
    detect="`doctor` knows the table of what starts; look at the provider after the start.",
    remedy="Name exactly one provider, with all of its variables. Leftovers under local may stay.",
    look=start_refused,
    detected_by=(fails("operator-boots"), rule("arn-missing")),
)
def half_of_each_provider(stage: Stage) -> None:
    r = stage.r
    leftovers = {ARN: "", "AWS_REGION": "eu-west-1"}
    r.must_start("rollback", changed=leftovers)  # what Terraform writes for local, and must go on starting
    r.stop()
    if not stage.is_planted:
        r.start("after")
        return
    stage.edit("after", **{ARN: None})
    for changed in ({}, {"KMS_PROVIDER": "local,AWS"}, {ARN: stage.files["rollback"].get(ARN), "AWS_REGION": None}):
        r.start("after", changed=changed)
