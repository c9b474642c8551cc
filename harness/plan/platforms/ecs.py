"""How Sombra is moved where Amazon ECS keeps it."""

from __future__ import annotations

from harness.plan.platforms.platform import Files, Platform, back_file, env_file, make_back_file, word
from harness.plan.step import Commands, Trap

_OF = '--cluster "$CLUSTER"'
_SERVICE = f'{_OF} --service "$SERVICE"'
_SCALED = (
    '--service-namespace ecs --resource-id "service/$CLUSTER/$SERVICE" --scalable-dimension ecs:service:DesiredCount'
)


def ecs(files: Files) -> Platform:
    """The service is scaled to zero and waits for its tasks; a rolling deployment would overlap them."""
    definition = word(files.ecs[0]) if files.ecs else "task-definition.after.json"
    return Platform(
        name="ecs",
        names=(
            "export CLUSTER=sombra SERVICE=sombra COUNT=1",
            "export KEY_PARAMETER=/sombra/JWT_ECDSA_KEY LOG_GROUP=/ecs/sombra",
            "export SOMBRA_URL=https://sombra.example.com SOMBRA_EXTERNAL_URL=https://sombra-external.example.com",
        ),
        save=(
            "umask 077",
            (
                f'export OLD_DEFINITION=$(aws ecs describe-services {_OF} --services "$SERVICE"'
                " --query 'services[0].taskDefinition' --output text)"
            ),
            'aws ecs describe-task-definition --task-definition "$OLD_DEFINITION" > task-definition.saved.json',
            'aws ssm get-parameter --name "$KEY_PARAMETER" --with-decryption > key-parameter.saved.json',
        ),
        stop=_stop(),
        configure=(
            *_keys(env_file(files.after, "after")),
            (
                f"export NEW_DEFINITION=$(aws ecs register-task-definition --cli-input-json file://{definition}"
                " --query 'taskDefinition.taskDefinitionArn' --output text)"
            ),
        ),
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
            (
                "export BACK_DEFINITION=$(aws ecs register-task-definition"
                " --cli-input-json file://task-definition.rollback.json"
                " --query 'taskDefinition.taskDefinitionArn' --output text)"
            ),
        ),
        start_back=(*_stop(), *_start("$BACK_DEFINITION")),
        stop_traps=(Trap("G-02", "ECS replaces tasks with an overlap by default, and autoscaling starts new ones."),),
        start_traps=(Trap("G-14", "A changed parameter reaches only tasks that start after it."),),
        back_traps=(
            Trap("D-08", "Do not roll back with Terraform's `use_local_kms = true`: it deletes the KMS key."),
            Trap("D-04", "`task-definition.rollback.json` is the new one with KMS_PROVIDER=local, not the saved one."),
        ),
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
    off = "DynamicScalingInSuspended=true,DynamicScalingOutSuspended=true,ScheduledScalingSuspended=true"
    running = f"aws ecs list-tasks {_OF} --service-name \"$SERVICE\" --query 'taskArns' --output text"
    return (
        f"aws application-autoscaling register-scalable-target {_SCALED} --suspended-state {off} || true",
        f"TASKS=$({running})",
        f"aws ecs update-service {_SERVICE} --desired-count 0",
        f'test -z "$TASKS" || aws ecs wait tasks-stopped {_OF} --tasks $TASKS',
        f'test -z "$({running})"',
    )


def _start(definition: str) -> Commands:
    return (
        f'aws ecs update-service {_SERVICE} --task-definition "{definition}" --desired-count "$COUNT"',
        f'aws ecs wait services-stable {_OF} --services "$SERVICE"',
    )
