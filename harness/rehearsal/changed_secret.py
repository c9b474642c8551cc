"""A secret that changes in its manager while Sombra runs: what an operator can see of it, and when it takes effect.

The one thing a running gateway shows of its keys is the public key it serves. Held against the fingerprint of the
first key that is stored, it tells a stale process from a fresh one (G-14).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.doctor.deployment.examination import examine_fleet
from harness.doctor.deployment.manifests import kubernetes_workloads
from harness.doctor.deployment.objects import Objects
from harness.doctor.inputs import Reading
from harness.doctor.reading import yaml_trees
from harness.environment import SIGNING_KEYS, is_shown, shown_names
from harness.key_facts import key_entries
from harness.rehearsal.receiver import published_fingerprint
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.secret_stores import STORES, delivered
from harness.run import Finding

_PATH = "(the rehearsal's own deployment)"
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: sombra}
spec:
  strategy: {type: Recreate}
  template:
    metadata: {annotations: {%s}}
    spec:
      containers:
        - name: sombra
          image: sombra:1
          envFrom: [{secretRef: {name: sombra-secrets}}]
"""
ANNOTATIONS: Mapping[str, str] = {"without a checksum": "team: privacy", "with a checksum": "checksum/secret: 1f"}


def secrets_of(variables: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that belongs in a secrets manager."""
    return {name: value for name, value in variables.items() if not is_shown(name)}


def start_from_each_store(f: Rehearsal) -> None:
    """Start today's Sombra from each manager in turn, and look at the key it publishes."""
    for store in STORES:
        secrets = delivered(store, secrets_of(f.environments["before"]))
        f.must_start("before", changed=secrets)
        _compare(f, "delivered", f.environments["before"], store=store)
        f.stop()


def change_while_it_runs(f: Rehearsal, changed: Mapping[str, str]) -> None:
    """The stored secret changes; one replica is restarted, then the other: look at what each publishes."""
    f.must_start("before")
    (old,) = f.live
    note_the_change(f, changed)
    _compare(f, "changed", changed, instance=old)
    f.must_start("before", changed=changed)
    fresh = f.live[-1]
    _compare(f, "one replica restarted", changed, instance=old)
    _compare(f, "one replica restarted", changed, instance=fresh)
    if old in f.live:
        f.stop_one(old)
    _compare(f, "restarted", changed, instance=fresh)


def note_the_change(f: Rehearsal, changed: Mapping[str, str]) -> None:
    """The manager holds other values now; whatever runs is left alone, as the platform leaves it."""
    f.record("secret-changed", names=shown_names(changed), live=list(f.live))


def ask_the_doctor(f: Rehearsal) -> None:
    """What the doctor finds in a deployment that restarts nothing, and in one that does (F27)."""
    for what, annotation in ANNOTATIONS.items():
        reading = Reading()
        trees = yaml_trees(_DEPLOYMENT % annotation, path=_PATH)
        examine_fleet(tuple(kubernetes_workloads(Objects.of(trees))), reading)
        met = sorted({each.id for each in reading.seen if isinstance(each, Finding)})
        f.record("doctor-on-deployment", deployment=what, rules=met)


def _compare(
    f: Rehearsal, stage: str, stored: Mapping[str, str], *, store: str = "", instance: str | None = None
) -> None:
    """Record the fingerprint of the first stored key beside the one that is published."""
    published = ""
    if instance is None or instance in f.live:
        reply = f.exchange([replace(f.customer.public_key(), instance=instance)])[0]
        published = published_fingerprint(reply.body) if reply.ok else ""
    f.record(
        "secret",
        stage=stage,
        store=store,
        instance=instance or f.serving,
        stored=key_entries(stored.get(SIGNING_KEYS, ""))[0].fingerprint or "",
        published=published,
    )
