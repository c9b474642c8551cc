"""How Sombra is moved where Amazon ECS keeps it."""

from __future__ import annotations

import json

from harness.plan.platforms.platform import Files, Platform, back_file, env_file, make_back_file, word
from harness.plan.step import Commands, Trap

_OF = '--cluster "$CLUSTER"'
_SERVICE = f'{_OF} --service "$SERVICE"'
_SCALED = (
    '--service-namespace ecs --resource-id "service/$CLUSTER/$SERVICE" --scalable-dimension ecs:service:DesiredCount'
)
_READ_ONLY = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt",
    "registeredBy", "deregisteredAt",
)  # fmt: skip
_AFTER, _BACK = "task-definition.after.json", "task-definition.rollback.json"


def ecs(files: Files) -> Platform:
    """The service is scaled to zero and waits for its tasks; a rolling deployment would overlap them."""
    return Platform(
        name="ecs",
        names=(
            'export AWS_PAGER=""',
            "export CLUSTER=sombra SERVICE=sombra CONTAINER=sombra",
            (f'export COUNT=$(aws ecs describe-services {_OF} --services "$SERVICE"'
            " --query 'services[0].desiredCount' --output text)"),
            "export KEY_PARAMETER=/sombra/JWT_ECDSA_KEY LOG_GROUP=/ecs/sombra",
            "export RECEIVERS_CLUSTER=default RECEIVERS=webhook-receiver",
            "export SOMBRA_URL=https://sombra.example.com SOMBRA_EXTERNAL_URL=https://sombra-external.example.com",
        ),
        save=(
            "umask 077",
            (f'export OLD_DEFINITION=$(aws ecs describe-services {_OF} --services "$SERVICE"'
            " --query 'services[0].taskDefinition' --output text)"),
            'aws ecs describe-task-definition --task-definition "$OLD_DEFINITION" > task-definition.saved.json',
            'aws ssm get-parameter --name "$KEY_PARAMETER" --with-decryption > key-parameter.saved.json',
        ),
        receivers=(
            'aws ecs update-service --cluster "$RECEIVERS_CLUSTER" --service "$RECEIVERS" --force-new-deployment',
        ),
        stop=_stop(),
        configure=(*_keys(env_file(files.after, "after")), *_definition(files), _register("NEW_DEFINITION", _AFTER)),
        start=_start("$NEW_DEFINITION"),
        start_again=_start("$OLD_DEFINITION"),
        health=tuple(
            f'curl --fail --silent --show-error --retry 30 --retry-delay 2 --retry-all-errors "${name}/health"'
            for name in ("SOMBRA_URL", "SOMBRA_EXTERNAL_URL")
        ),
        logs=('aws logs tail "$LOG_GROUP" --since 15m | grep -iE "error|denied" || true',),
        configure_back=(
            *make_back_file(files),
            *_keys(back_file(files)),
            *_with_local_provider(),
            _register("BACK_DEFINITION", _BACK),
        ),
        start_back=(*_stop(), *_start("$BACK_DEFINITION")),
        stop_traps=(
            Trap("G-02", "ECS replaces tasks with an overlap by default, and autoscaling starts new ones: both are off"
                         " only as long as the count is 0 and scaling is suspended."),
        ),
        start_traps=(Trap("G-14", "A changed parameter reaches only tasks that start after it."),),
        back_traps=(
            Trap("D-08", "Do not roll back with Terraform's `use_local_kms = true`: it deletes the KMS key."),
            Trap("D-04", "Do not start $OLD_DEFINITION with the old parameter: it holds the old key alone."),
        ),
    )  # fmt: skip


def _definition(files: Files) -> Commands:
    """The operator's own task definition, or that of today with the cloud's variables in it, fit to be registered."""
    half = len(_READ_ONLY) // 2
    dropped = ",\n  ".join(", ".join(f".{name}" for name in part) for part in (_READ_ONLY[:half], _READ_ONLY[half:]))
    fit = f"(.taskDefinition // .) | del(\n  {dropped})"
    if files.ecs:
        return (f"jq '{fit}' \\\n  {word(files.ecs[0])} > {_AFTER}",)
    named = " and ".join(f'.name != "{name}"' for name, _ in files.cloud)
    named = named.replace(" and ", "\n    and ")
    wanted = ",\n".join(f'    {{name: "{name}",\n     value: {json.dumps(value)}}}' for name, value in files.cloud)
    change = (
        f"  | (.containerDefinitions[] | select(.name == env.CONTAINER) | .environment) |=\n"
        f"  (map(select({named})) + [\n{wanted}\n  ])"
    )
    return (f"jq '{fit}\n{change}' \\\n  task-definition.saved.json > {_AFTER}",)


def _with_local_provider() -> Commands:
    """Wherever it names AWS; a definition that never did is no way back, and stops here."""
    named = '.containerDefinitions[].environment[]? | select(.name == "KMS_PROVIDER"'
    return (
        f'jq \'({named}\n  and .value == "AWS")).value = "local"\' \\\n  {_AFTER} > {_BACK}',
        f'jq --exit-status \'[{named}) | .value]\n  | index("local") != null and index("AWS") == null\' {_BACK}',
    )


def _register(variable: str, definition: str) -> str:
    return (
        f"export {variable}=$(aws ecs register-task-definition --cli-input-json file://{definition}"
        " --query 'taskDefinition.taskDefinitionArn' --output text)"
    )


def _keys(environment: str) -> Commands:
    """The key list goes by a file, never by an argument that other processes can read."""
    return (
        "umask 077",
        f"sed -n 's/^JWT_ECDSA_KEY=//p' {environment} | tr -d '\\n' > key-parameter.value",
        'aws ssm put-parameter --name "$KEY_PARAMETER" --type SecureString --overwrite --value file://key-parameter.value',
        "rm key-parameter.value",
    )


def _stop() -> Commands:
    running = f"aws ecs list-tasks {_OF} --service-name \"$SERVICE\" --query 'taskArns' --output text"
    return (
        _scaling(is_suspended=True),
        f"TASKS=$({running})",
        f"aws ecs update-service {_SERVICE} --desired-count 0",
        f'test -z "$TASKS" || aws ecs wait tasks-stopped {_OF} --tasks $TASKS',
        f'test -z "$({running})"',
    )


def _start(definition: str) -> Commands:
    return (
        f'aws ecs update-service {_SERVICE} --task-definition "{definition}" --desired-count "$COUNT"',
        f'aws ecs wait services-stable {_OF} --services "$SERVICE"',
        _scaling(is_suspended=False),
    )


def _scaling(*, is_suspended: bool) -> str:
    """Whatever scales the service; where nothing does there is nothing to switch."""
    parts = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    state = ",".join(f"{part}={str(is_suspended).lower()}" for part in parts)
    return f"aws application-autoscaling register-scalable-target {_SCALED} --suspended-state {state} || true"
