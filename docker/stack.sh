#!/usr/bin/env bash
# The compose stack in one command: `docker/stack.sh up`, then see what it prints. Ports: CUSTOMER_PORT and so on, see compose.yaml.
#
#   up [localstack] [postgresql]   make what is missing (images, environments, secrets) and start; wait until all is healthy
#   start before|after|rollback    stop the gateway and start it again under that environment: the cutover, or the way back
#   down                           stop and remove everything; docker/stack/ is kept
set -euo pipefail
cd "$(dirname "$0")"

stack="${SOMBRA_REHEARSAL_STACK:-$PWD/stack}" # environments and secrets; an absolute folder
export SOMBRA_REHEARSAL_STACK="$stack" GATEWAY_ENV="${GATEWAY_ENV:-$stack/before.env}"
image="${SOMBRA_REHEARSAL_IMAGE:-sombra-rehearsal:$(sed -n 's/^version = "\(.*\)"$/\1/p' ../pyproject.toml)}"
export SOMBRA_REHEARSAL_IMAGE="$image"
say() { echo "stack: $*" >&2; }
fail() { say "$@"; exit 1; }

docker version >/dev/null 2>&1 || fail "no engine answers; start Docker, or run: eval \"\$(docker/engine.sh up)\""
if docker compose version >/dev/null 2>&1; then tool=(docker compose)
elif command -v docker-compose >/dev/null; then tool=(docker-compose)
else fail "docker compose is missing; install the Compose plugin (Debian: docker-compose)"; fi

compose() {
  local settings=()
  [ ! -e "$stack/compose.env" ] || settings=(--env-file "$stack/compose.env")
  "${tool[@]}" --file compose.yaml "${settings[@]}" "$@"
}

profiles() { # profiles NAME…: what each adds to the settings of the others
  local each
  for each in "$@"; do
    case "$each" in
      localstack) export KMS_UPSTREAM=http://localstack:4566 ;;
      postgresql)
        TRANSCEND_DATABASE="postgresql+psycopg://sombra:$(sed -n 's/^POSTGRES_PASSWORD=//p' "$stack/compose.env")@postgresql/sombra"
        export TRANSCEND_DATABASE ;;
      *) fail "there is no profile $each; there are localstack and postgresql" ;;
    esac
  done
  export COMPOSE_PROFILES; COMPOSE_PROFILES=$(IFS=,; echo "$*")
}

environments() { # fresh keys, once; a folder that is there is used as it is
  [ ! -e "$stack/compose.env" ] || return 0
  mkdir -p "$stack"
  docker run --rm --network none --read-only --user 0:0 --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER \
    --volume "$stack:/stack" --entrypoint python "$image" /app/environment.py /stack || fail "$stack could not be written"
  say "made $stack: environments with fresh keys, and secrets"
}

up() {
  docker image inspect "$image" >/dev/null 2>&1 || ./engine.sh build
  environments
  profiles "$@"
  compose up --detach || fail "compose did not start everything; a port that is in use is chosen by CUSTOMER_PORT and so on, see compose.yaml"
  healthy
  say "gateway http://127.0.0.1:${CUSTOMER_PORT:-5039}, Transcend http://127.0.0.1:${TRANSCEND_PORT:-5050}, KMS http://127.0.0.1:${KMS_PORT:-5052}"
  say "cut over: docker/stack.sh start after   back: docker/stack.sh start rollback   end: docker/stack.sh down"
}

healthy() { # every container healthy, or running where it has no check
  local deadline=$((SECONDS + 120)) open
  while :; do
    # shellcheck disable=SC2046
    open=$(docker inspect -f '{{.Name}}={{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' $(compose ps -q) \
      | grep -vE '=(healthy|running)$' || true)
    [ -n "$open" ] || return 0
    [ "$SECONDS" -lt "$deadline" ] || fail "not healthy after two minutes: $(echo $open); see docker logs NAME"
    sleep 0.5
  done
}

start() {
  [ -e "$stack/${1:-}.env" ] || fail "start takes before, after or rollback; run docker/stack.sh up first"
  export GATEWAY_ENV="$stack/$1.env"
  compose stop gateway
  compose up --detach --no-deps --force-recreate gateway
  healthy
}

case "${1:-}" in
  up) shift; up "$@" ;;
  start) start "${2:-}" ;;
  down) COMPOSE_PROFILES=localstack,postgresql compose down --volumes ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
