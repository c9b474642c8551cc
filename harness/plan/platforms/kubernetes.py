"""How Sombra is moved where Kubernetes keeps it, by the public Helm chart or by rendered manifests."""

from __future__ import annotations

from collections.abc import Iterable

from harness.plan.platforms.platform import HEALTH, Files, Platform, back_file, env_file, make_back_file, word
from harness.plan.step import Commands, Trap

_KUBECTL = 'kubectl --namespace "$NAMESPACE"'
_SECRETS = ("sombra-secrets", "sombra-job-scheduler-secrets")


def kubernetes(files: Files) -> Platform:
    """Everything is scaled to zero first: the chart would roll, the old pod beside the new one."""
    return Platform(
        name="kubernetes",
        names=(
            "export NAMESPACE=transcend RELEASE=sombra CHART=transcend/sombra CHART_VERSION=0.13.0 REPLICAS=1",
            "export DEPLOYMENT=sombra SCHEDULER=sombra-job-scheduler",
            "export SELECTOR='app.kubernetes.io/name in (sombra, sombra-job-scheduler)'",
            f"export SOMBRA_URL=http://127.0.0.1:1{files.internal_port}",
        ),
        save=_save(is_chart=bool(files.values)),
        stop=_stop(),
        configure=_configure(files, env_file(files.after, "after")),
        start=_start(files),
        start_again=_up(),
        health=_health(files),
        logs=((f'{_KUBECTL} logs "deployment/$DEPLOYMENT" --since=15m | grep -iE "error|denied" || true'),),
        configure_back=_configure_back(files),
        start_back=_start_back(files),
        stop_traps=(
            Trap("G-02", "An autoscaler brings pods back; a second cluster or namespace may still serve."),
            Trap("G-02", "The Job Scheduler is a Deployment of its own, with a Secret of its own."),
        ),
        start_traps=(
            Trap("D-07", "The chart rolls by default and does not restart pods on a changed Secret: start from zero."),
            Trap("D-07", "Both probes ask /health, which stays green while nothing can be unwrapped."),
        ),
        back_traps=(Trap("D-04", "Do not apply the saved Secret: it holds the old key alone."),),
    )


def _save(*, is_chart: bool) -> Commands:
    secrets = tuple(
        f"{_KUBECTL} get secret {name} --ignore-not-found --output yaml > {name}.saved.yaml" for name in _SECRETS
    )
    scaler = f"{_KUBECTL} get horizontalpodautoscaler --output yaml > autoscalers.saved.yaml"
    chart = ('helm get values "$RELEASE" --namespace "$NAMESPACE" --output yaml > sombra-values.saved.yaml',)
    return ("umask 077", *secrets, scaler, *(chart if is_chart else ()))


def _stop() -> Commands:
    return (
        f'{_KUBECTL} delete horizontalpodautoscaler --selector "$SELECTOR" --ignore-not-found',
        f'{_KUBECTL} scale deployment "$DEPLOYMENT" --replicas=0',
        (
            f'{_KUBECTL} get deployment "$SCHEDULER" --output name --ignore-not-found'
            f" | xargs -r {_KUBECTL} scale --replicas=0"
        ),
        f'{_KUBECTL} wait pod --selector "$SELECTOR" --for=delete --timeout=180s || true',
        f'test -z "$({_KUBECTL} get pods --selector "$SELECTOR" --output name)"',
    )


def _configure(files: Files, environment: str) -> Commands:
    """With a chart or manifests the new variables come in with them; an env file goes into both Secrets."""
    if files.values or files.manifests:
        return ()
    return tuple(
        f"{_KUBECTL} get secret {name} --output name && "
        f"{_KUBECTL} create secret generic {name} --from-env-file={environment} --dry-run=client --output=yaml"
        f" | {_KUBECTL} apply --filename -"
        for name in _SECRETS
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
    )


def _upgrade(values: Iterable[str]) -> str:
    named = " ".join(f"--values {word(path)}" for path in values)
    call = 'helm upgrade "$RELEASE" "$CHART" --version "$CHART_VERSION" --namespace "$NAMESPACE"'
    return f"{call} {named} --wait --timeout 10m"


def _configure_back(files: Files) -> Commands:
    """Whole files with one value changed: an overlay's list would replace the chart's whole list (F28)."""
    if files.values:
        local = "sed '/name: KMS_PROVIDER/{n;s/value:.*/value: local/;}'"
        return ("umask 077", *(f"{local} {word(old)} > {new}" for old, new in _back_values(files)))
    return () if files.manifests else (*make_back_file(files), *_configure(files, back_file(files)))


def _start_back(files: Files) -> Commands:
    if files.values:
        return (*_stop(), _upgrade(new for _, new in _back_values(files)), *_up())
    switched = (
        (
            f'{_KUBECTL} set env deployment "$DEPLOYMENT" KMS_PROVIDER=local',
            f'{_KUBECTL} get deployment "$SCHEDULER" && {_KUBECTL} set env deployment "$SCHEDULER" KMS_PROVIDER=local',
        )
        if files.manifests
        else ()
    )
    return (*_stop(), *switched, *_up())


def _back_values(files: Files) -> list[tuple[str, str]]:
    return [(path, f"rollback-{place}.values.yaml") for place, path in enumerate(files.values, start=1)]


def _health(files: Files) -> Commands:
    pairs = [(f"1{port}", port) for port in (files.internal_port, files.external_port)]
    forwarded = " ".join(f"{here}:{there}" for here, there in pairs)
    return (
        f'{_KUBECTL} port-forward "deployment/$DEPLOYMENT" {forwarded} > port-forward.log &',
        "export FORWARD=$!",
        *(f"{HEALTH} http://127.0.0.1:{here}/health" for here, _ in pairs),
    )
