"""How Sombra is moved where Kubernetes keeps it, by the public Helm chart or by rendered manifests."""

from __future__ import annotations

from collections.abc import Iterable

from harness.plan.platforms.platform import HEALTH, Files, Platform, back_file, env_file, make_back_file, word
from harness.plan.step import Commands, Trap

_KUBECTL = 'kubectl --namespace "$NAMESPACE"'
_SECRETS = ("sombra-secrets", "sombra-job-scheduler-secrets")
_HELM = 'helm {} "$RELEASE" "$CHART" --version "$CHART_VERSION" --namespace "$NAMESPACE"'


def kubernetes(files: Files) -> Platform:
    """Everything is scaled to zero first: the chart would roll, the old pod beside the new one."""
    return Platform(
        name="kubernetes",
        names=_names(files),
        save=_save(is_chart=bool(files.values)),
        receivers=('kubectl --namespace "$RECEIVERS_NAMESPACE" rollout restart deployment "$RECEIVERS"',),
        stop=_stop(),
        configure=_configure(files, env_file(files.after, "after")),
        start=_start(files),
        start_again=_up(),
        health=tuple(
            f"{HEALTH} http://127.0.0.1:1{port}/health" for port in (files.internal_port, files.external_port)
        ),
        logs=(f'{_KUBECTL} logs "deployment/$DEPLOYMENT" --since=15m | grep -iE "error|denied" || true',),
        configure_back=_configure_back(files),
        start_back=_start_back(files),
        reach=_reach(files),
        leave=('kill "$FORWARD"',),
        rendered=_rendered(files),
        configure_note=_configure_note(files),
        stop_traps=_STOP_TRAPS,
        configure_traps=_CONFIGURE_TRAPS,
        start_traps=(
            Trap("D-07", "The chart rolls by default, old beside new: it must find no pod.", _stop()[-1:]),
            Trap("D-07", "A changed Secret restarts no pod. Whenever you change it alone:",
                 (f'{_KUBECTL} rollout restart deployment "$DEPLOYMENT"',)),
            Trap("D-07", "Both probes ask /health, which stays green while nothing can be unwrapped: trust the probe of"
                         " the step after next."),
        ),
        back_traps=(
            Trap("D-04", "No `helm rollback` and no saved Secret: they bring the old key back alone, and what was"
                         " written since is lost."),
        ),
    )  # fmt: skip


_STOP_TRAPS = (
    Trap("G-02", "An autoscaler leaves a Deployment at 0 alone; KEDA, Argo CD and Flux do not: suspend them first, and"
                 " resume them last.",
         ("flux suspend helmrelease sombra    # or: argocd app set sombra --sync-policy none",)),
    Trap("G-02", "The Job Scheduler is a Deployment of its own, with a Secret of its own; a second cluster or namespace"
                 " may still serve.",
         ("kubectl get deployments --all-namespaces --output wide | grep -i sombra",)),
)  # fmt: skip
_CONFIGURE_TRAPS = (
    Trap("G-14", "If External Secrets or Vault writes the Secret, change it there: what you write here is put back."),
    Trap("G-14", "`env` of the Deployment beats `envFrom`, and the chart's placeholder JWT_ECDSA_KEY beats both: look"
                 " at what a pod would get.",
         (f'{_KUBECTL} set env deployment "$DEPLOYMENT" --list',)),
)  # fmt: skip


def _names(files: Files) -> Commands:
    replicas = f'{_KUBECTL} get deployment "$DEPLOYMENT" --output jsonpath={{.spec.replicas}}'
    chart = (
        "export RELEASE=sombra CHART=transcend/sombra",
        (
            'CHART_NOW=$(helm list --namespace "$NAMESPACE" --filter "^$RELEASE$" --output json |'
            " jq --raw-output '.[0].chart')"
        ),
        'export CHART_VERSION="${CHART_NOW##*-}"',
    )
    return (
        "export NAMESPACE=transcend DEPLOYMENT=sombra SCHEDULER=sombra-job-scheduler",
        "export SELECTOR='app.kubernetes.io/name in (sombra, sombra-job-scheduler)'",
        f"export REPLICAS=$({replicas})",
        *(chart if files.values else ()),
        "export RECEIVERS_NAMESPACE=default RECEIVERS=webhook-receiver",
        f"export SOMBRA_URL=http://127.0.0.1:1{files.internal_port}",
    )


def _reach(files: Files) -> Commands:
    forwarded = " ".join(f"1{port}:{port}" for port in (files.internal_port, files.external_port))
    return (
        f'{_KUBECTL} port-forward "deployment/$DEPLOYMENT" {forwarded} > port-forward.log 2>&1 &',
        "export FORWARD=$!",
    )


def _save(*, is_chart: bool) -> Commands:
    secrets = tuple(
        f"{_KUBECTL} get secret {name} --ignore-not-found --output yaml > {name}.saved.yaml" for name in _SECRETS
    )
    running = (
        (
            f'{_KUBECTL} get deployments,horizontalpodautoscalers --selector "$SELECTOR" --output yaml'
            " > deployments.saved.yaml"
        ),
    )
    chart = ('helm get values "$RELEASE" --namespace "$NAMESPACE" --output yaml > sombra-values.saved.yaml',)
    return ("umask 077", *secrets, *running, *(chart if is_chart else ()))


def _stop() -> Commands:
    return (
        f'{_KUBECTL} scale deployment "$DEPLOYMENT" --replicas=0',
        *_with_scheduler('scale deployment "$SCHEDULER" --replicas=0'),
        f'{_KUBECTL} wait pod --selector "$SELECTOR" --for=delete --timeout=180s || true',
        f'test -z "$({_KUBECTL} get pods --selector "$SELECTOR" --output name)"',
    )


def _with_scheduler(command: str) -> Commands:
    """Only where there is a Job Scheduler."""
    return (
        f'if {_KUBECTL} get deployment "$SCHEDULER" > /dev/null 2>&1; then',
        f"  {_KUBECTL} {command}",
        "fi",
    )


def _rendered(files: Files) -> Commands:
    """What Helm would apply, examined before the window."""
    if not files.values:
        return ()
    named = " ".join(f"--values {word(path)}" for path in files.values)
    return (
        f"{_HELM.format('template')} {named} > rendered.yaml",
        f"sombra-rehearsal doctor --before {env_file(files.before, 'before')} --manifests rendered.yaml",
    )


def _configure_note(files: Files) -> str:
    if files.values:
        return "The values carry the new environment; they are applied with the start."
    if files.manifests:
        return "The manifests carry the new environment; they are applied with the start."
    return "The env file goes into the Secrets that the pods read."


def _configure(files: Files, environment: str) -> Commands:
    """With a chart or manifests the new variables come in with them; an env file goes into both Secrets."""
    if files.values or files.manifests:
        return ()
    made = f"create secret generic {{name}} --from-env-file={environment} --dry-run=client --output=yaml"
    return tuple(
        line
        for name in _SECRETS
        for line in (
            f"if {_KUBECTL} get secret {name} > /dev/null 2>&1; then",
            f"  {_KUBECTL} {made.format(name=name)} | {_KUBECTL} replace --filename -",
            "fi",
        )
    )


def _start(files: Files) -> Commands:
    if files.values:
        return (_upgrade(files.values), *_up())
    if files.manifests:
        return (f"{_KUBECTL} apply {' '.join(f'--filename {word(path)}' for path in files.manifests)}", *_up())
    return _up()


def _up() -> Commands:
    return (
        f'{_KUBECTL} scale deployment "$DEPLOYMENT" --replicas="$REPLICAS"',
        f'{_KUBECTL} rollout status "deployment/$DEPLOYMENT" --timeout=10m',
        *_with_scheduler('scale deployment "$SCHEDULER" --replicas=1'),
    )


def _upgrade(values: Iterable[str]) -> str:
    named = " ".join(f"--values {word(path)}" for path in values)
    return f"{_HELM.format('upgrade')} {named} --wait --timeout 10m"


def _configure_back(files: Files) -> Commands:
    """Whole files with one value changed: an overlay's list would replace the chart's whole list (F28)."""
    if files.values:
        local = "sed '/name: *KMS_PROVIDER/{n;s/value:.*/value: local/;}'"
        back = _back_values(files)
        return (
            "umask 077",
            *(f"{local} {word(old)} > {new}" for old, new in back),
            f"cat {' '.join(new for _, new in back)} | grep -A1 'name: *KMS_PROVIDER' | grep 'value: local'",
        )
    return () if files.manifests else (*make_back_file(files), *_configure(files, back_file(files)))


def _start_back(files: Files) -> Commands:
    if files.values:
        return (*_stop(), _upgrade(new for _, new in _back_values(files)), *_up())
    switched = (
        (
            f'{_KUBECTL} set env deployment "$DEPLOYMENT" KMS_PROVIDER=local',
            *_with_scheduler('set env deployment "$SCHEDULER" KMS_PROVIDER=local'),
        )
        if files.manifests
        else ()
    )
    return (*_stop(), *switched, *_up())


def _back_values(files: Files) -> list[tuple[str, str]]:
    return [(path, f"rollback-{place}.values.yaml") for place, path in enumerate(files.values, start=1)]
