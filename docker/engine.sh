#!/usr/bin/env bash
# A container engine and the project's images where there is neither: `eval "$(docker/engine.sh up)"`, then `docker/engine.sh build`.
#
#   up      use the engine that answers, or start Debian's on a private socket; print the exports that lead to it
#           (SOMBRA_REHEARSAL_ENGINE_STARTED among them where it was not running yet)
#   base    make the base image without a registry (our own engine only; another pulls it)
#   build   make the images: the project's and the KMS-only LocalStack's, both from packages fetched outside of them
#   env     print the exports again
#   down    stop the engine that `up` started, by its pid, unless somebody holds its lock; images are kept
#
# All checkouts of a user share one engine and its images. Who must not lose it meanwhile holds `flock -s` on the file
# that SOMBRA_REHEARSAL_ENGINE_LOCK names, as .ci/run does.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${SOMBRA_REHEARSAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sombra-rehearsal}"
state="$cache/engine"
socket="$state/docker.sock"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
localstack_version=2026.3.0
debian=trixie python=3.13 # the release of the base image, and the Python it brings
pins="harness/targets/localstack/requirements-$localstack_version.txt"
own_base="sombra-rehearsal-base:$python"
image="${SOMBRA_REHEARSAL_IMAGE:-sombra-rehearsal:$version}"
localstack_image="${SOMBRA_REHEARSAL_LOCALSTACK_IMAGE:-sombra-rehearsal-localstack-kms:$localstack_version}"

say() { echo "engine: $*" >&2; }
fail() { say "$@"; exit 1; }
own_is_up() { [ -S "$socket" ] && DOCKER_HOST="unix://$socket" docker version >/dev/null 2>&1; }
other_is_up() { [ "${DOCKER_HOST:-}" != "unix://$socket" ] && docker version >/dev/null 2>&1; }

exports() { # ours has no images but its own, so testcontainers must not ask for its helper's
  own_is_up || return 0
  echo "export DOCKER_HOST=unix://$socket DOCKER_BUILDKIT=0"
  echo "export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 TESTCONTAINERS_CONNECTION_MODE=docker_host"
  echo "export SOMBRA_REHEARSAL_ENGINE_LOCK=$state/users.lock"
}

packages() { # packages NAME…: Debian packages, where they are missing
  local missing
  missing=$(for each in "$@"; do dpkg-query -W -f '${db:Status-Status}' "$each" 2>/dev/null | grep -qx installed || echo "$each"; done)
  [ -z "$missing" ] && return 0
  command -v apt-get >/dev/null || fail "needs $(echo $missing); install them"
  [ "$(id -u)" = 0 ] || fail "needs $(echo $missing); install them, or run this as root"
  # shellcheck disable=SC2086
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing; } >&2
}

up() {
  if other_is_up; then say "an engine answers already; it is used"; return 0; fi
  if ! own_is_up; then
    [ "$(id -u)" = 0 ] || fail "no engine answers, and only root can start one; start Docker, or set DOCKER_HOST"
    packages docker.io iptables
    mkdir -p -m 0700 "$state"
    exec 7>>"$state/up.lock" # two at the same time start one
    flock 7
  fi
  if ! own_is_up; then
    # Published ports stay on loopback; no rule of the firewall and no setting of the kernel's routing is touched.
    setsid dockerd --data-root "$state/images" --exec-root "$state/run" --pidfile "$state/dockerd.pid" \
      --host "unix://$socket" --ip 127.0.0.1 --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
      </dev/null >"$state/dockerd.log" 2>&1 7>&- &
    local pid=$! tries=0
    until own_is_up; do
      kill -0 "$pid" 2>/dev/null || fail "dockerd ended: $(tail -n 2 "$state/dockerd.log")"
      [ $((tries += 1)) -le 150 ] || { kill "$pid"; fail "dockerd did not answer in 30 s: $(tail -n 2 "$state/dockerd.log")"; }
      sleep 0.2
    done
    say "started (pid $(cat "$state/dockerd.pid"))"
    echo "export SOMBRA_REHEARSAL_ENGINE_STARTED=yes"
  fi
  exports
}

down() {
  local pid
  pid=$(cat "$state/dockerd.pid" 2>/dev/null) || { say "none of ours runs"; return 0; }
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] || { rm -f "$state/dockerd.pid"; say "none of ours runs"; return 0; }
  exec 8>>"$state/users.lock"
  flock --nonblock --exclusive 8 || { say "somebody else uses it; it goes on running"; return 0; }
  kill "$pid"
  for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || { say "stopped"; return 0; }; sleep 0.2; done
  fail "dockerd (pid $pid) does not stop; see $state/dockerd.log"
}

has_engine() { docker version >/dev/null 2>&1 || fail "no engine answers; run: eval \"\$(docker/engine.sh up)\""; }

base() {
  own_is_up || { has_engine; say "this engine pulls its base image itself"; return 0; }
  eval "$(exports)"
  docker image inspect "$own_base" >/dev/null 2>&1 && return 0
  packages debootstrap
  say "making $own_base from Debian $debian (about 45 s)"
  rm -rf --one-file-system "$state/rootfs"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$debian" "$state/rootfs" >"$state/debootstrap.log" 2>&1 \
    || fail "debootstrap failed: $(tail -n 2 "$state/debootstrap.log")"
  tar -C "$state/rootfs" --exclude='./var/cache/apt/archives/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' \
    --exclude='./usr/share/locale/*' --exclude='./usr/share/man/*' -c . | docker import -c 'CMD ["python3"]' - "$own_base" >/dev/null
  rm -rf --one-file-system "$state/rootfs"
}

tools() { [ -x "$state/tools/bin/pip" ] || python3 -m venv "$state/tools"; }

fetch() { # fetch FOLDER ARGUMENTS…: wheels for the base image's Python, whatever Python is here
  local folder="$1" tag platforms=(); shift # a stale wheel does no harm: versions are pinned
  for tag in manylinux_2_34 manylinux_2_28 manylinux_2_17 manylinux2014; do platforms+=(--platform "${tag}_$(uname -m)"); done
  tools
  mkdir -p "$folder"
  "$state/tools/bin/python" -m pip download --quiet --disable-pip-version-check --dest "$folder" --find-links "$folder" \
    --python-version "$python" --only-binary=:all: "${platforms[@]}" "$@" 2>"$folder.log" \
    || fail "packages could not be fetched: $(grep ERROR "$folder.log" | tail -n 1)"
}

project_context() { # what .dockerignore lets through, so that an image is rebuilt when one of these has changed
  local to="$state/project"
  rm -rf "$to" && mkdir -p "$to/docker"
  cp -R pyproject.toml requirements.lock README.md fake_sombra harness scenarios "$to"
  cp docker/Dockerfile docker/healthcheck.py docker/environment.py "$to/docker"
  find "$to" -name __pycache__ -prune -exec rm -rf {} +
}

is_made() { # is_made IMAGE DIGEST
  [ "$(docker image inspect -f '{{index .Config.Labels "sombra-rehearsal.made-from"}}' "$1" 2>/dev/null)" = "$2" ]
}

digest() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16); }

made() { # made IMAGE CONTEXT DOCKERFILE DIGEST ARGUMENTS…
  local name="$1" context="$2" file="$3" from="$4"; shift 4
  docker build --quiet --force-rm --tag "$name" --label "sombra-rehearsal.made-from=$from" --file "$context/$file" "$@" "$context" \
    >/dev/null 2>"$state/build.log" || fail "$name could not be built: $(tail -n 3 "$state/build.log")"
  docker image prune --force --filter label=sombra-rehearsal.made-from >/dev/null # what the new one replaces
  say "built $name"
}

wheels_of_project() { # with what builds it, for the build has no network; localstack-client is published as source only
  tools
  "$state/tools/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$state/wheels" \
    --constraint requirements.lock localstack-client 2>"$state/wheels.log" || fail "localstack-client could not be fetched"
  fetch "$state/wheels" --constraint requirements.lock "$state/project[postgres]" "hatchling>=1.27"
  cp -R "$state/wheels" "$state/project/wheels"
}

wheels_of_localstack() {
  fetch "$state/localstack-wheels" --no-deps --requirement "$state/localstack/$pins"
  cp -R "$state/localstack-wheels" "$state/localstack/wheels"
}

build() {
  local closed=() project localstack="$state/localstack"
  mkdir -p "$state"
  project_context
  project=$(digest "$state/project")
  rm -rf "$localstack" && mkdir -p "$localstack/docker" "$localstack/$(dirname "$pins")"
  cp docker/localstack-kms.Dockerfile docker/localstack-warmup.py "$localstack/docker"
  cp "$pins" "$localstack/$pins"
  local peer; peer=$(digest "$localstack")
  if own_is_up; then
    eval "$(exports)"
    base & local base_pid=$!
    is_made "$image" "$project" || wheels_of_project
    is_made "$localstack_image" "$peer" || wheels_of_localstack
    wait "$base_pid"
    closed=(--network none --build-arg "PYTHON=$own_base" --build-arg "PIP_OPTIONS=--no-index --find-links /src/wheels")
  else
    has_engine
  fi
  is_made "$image" "$project" || made "$image" "$state/project" docker/Dockerfile "$project" "${closed[@]}"
  is_made "$localstack_image" "$peer" || made "$localstack_image" "$localstack" docker/localstack-kms.Dockerfile "$peer" "${closed[@]}"
}

case "${1:-}" in
  up | down | base | build) "$1" ;;
  env) exports ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
