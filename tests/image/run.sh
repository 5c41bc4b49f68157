#!/bin/sh
# Build the Dockerfile's image and use it, without pulling anything: the base image is a bare Debian 12
# made here, and the daemon is one of this test's own. Needs root, debootstrap and Docker's programs.
# Everything is removed afterwards, however it ends. Run by `make test-image`.
#
#   KEEP=1 sh tests/image/run.sh    keeps the base's files for a look
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
. "$repository/tests/fresh/system.sh"
need_root test-image
need_debootstrap
for program in docker dockerd; do
    command -v $program >/dev/null || { echo "✗ There is no $program. Try: apt-get install docker.io" >&2; exit 1; }
done

# The daemon's socket has a short path: a Unix socket's has at most 107 bytes.
work=$(mktemp -d "${TMPDIR:-/tmp}/lab-image.XXXXXX")
export DOCKER_HOST="unix://$work/docker.sock" DOCKER_CONFIG="$work/config" DOCKER_BUILDKIT=0
daemon=
remove() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; then
        for container in $(docker ps -aq); do docker rm -f "$container" >/dev/null || true; done
        kill "$daemon"
        wait "$daemon" || true
    fi
    if [ "$status" -ne 0 ] && [ -f "$work/build.log" ]; then tail -30 "$work/build.log" >&2; fi
    for mount in $(awk -v at="$work/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l "$mount" || true; done
    remove_system "$work/base"
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$work"; fi
    exit "$status"
}
trap remove EXIT
trap 'exit 130' INT TERM
step() { printf '[%s] %s\n' "$(date +%T)" "$1"; }
fail() { echo "✗ $1" >&2; exit 1; }
# until_true SECONDS COMMAND...: ask again until it holds.
until_true() {
    end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$end" ] || return 1
        sleep 0.5 # between two looks, until the deadline
    done
}

step "A Docker daemon of this test's own"
dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" -H "$DOCKER_HOST" >"$work/dockerd.log" 2>&1 &
daemon=$!
until_true 60 docker version >/dev/null 2>&1 || { tail -20 "$work/dockerd.log" >&2; fail "dockerd does not answer"; }

step "The base image: a bare Debian 12 (about 40 s)"
bare_debian "$work/base" ca-certificates
take_over_network "$work/base"
chroot "$work/base" update-ca-certificates >/dev/null 2>&1
tar -C "$work/base" --one-file-system -c . | docker import - lab-test-base:bookworm >/dev/null

more=
if (cd "$repository" && .venv/bin/python -m tests.binder.tinygo_stand_in needed); then
    step "TinyGo's archive is out of reach: the packages that build it go into the image as well"
    more=$(cd "$repository" && .venv/bin/python -m tests.binder.tinygo_stand_in packages)
fi

step "docker build (2 to 6 minutes)"
# The last commit, as a clone has it. The build's network is this machine's own: a registry's proxy
# may listen on its 127.0.0.1.
git clone --quiet --no-hardlinks "$repository" "$work/clone"
docker build --network host --build-arg BASE=lab-test-base:bookworm --build-arg "MORE_PACKAGES=$more" \
    -t lab-test "$work/clone" >"$work/build.log" 2>&1 || fail "the image cannot be built"
docker image ls --format '    {{.Repository}}: {{.Size}}'

step "A container with one CPU, 2 GiB and no network"
docker run -d --name offline --network none --cpus 1 --memory 2g lab-test >/dev/null
is_healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }
until_true 120 is_healthy offline || { docker logs offline; fail "the container is not healthy"; }
[ "$(docker exec offline id -u)" = 1000 ] || fail "it runs as root"
[ "$(docker exec offline cat /proc/1/comm)" = tini ] || fail "its first process is not tini"
docker exec offline lab doctor | grep -E '^. Memory|The lab can run'
docker exec offline python -c 'from lab_helpers.doctor.memory import available_bytes as left; raise SystemExit(left() > 2 * 2**30)' ||
    fail "it takes the machine's memory for the container's"
docker exec offline lab demo
docker exec offline sh -euc "$(brought_filters)" || fail "a filter in another language does not serve"
docker exec offline python -c 'import tests' 2>/dev/null && fail "the image holds the tests"
before=$(date +%s)
docker stop --time 30 offline >/dev/null
[ $(($(date +%s) - before)) -lt 30 ] || fail "it does not end when it is told to"

step "A container published on 127.0.0.1: nobody comes in without the token"
docker run -d --name published -p 127.0.0.1::8888 lab-test >/dev/null
until_true 120 is_healthy published || { docker logs published; fail "the container is not healthy"; }
address=$(docker port published 8888)
case $address in 127.0.0.1:*) ;; *) fail "it is published on $address" ;; esac
token=$(docker logs published 2>&1 | grep -o 'token=[0-9a-f]*' | head -1)
page=/lab/tree/work/lessons/00_start_here.ipynb
status() { python3 -c 'import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)' "http://$address$1"; }
[ "$(status '/api/contents/work/lessons')" = 403 ] || fail "the files are shown without the token"
[ "$(status "/api/contents/work/lessons?$token")" = 200 ] || fail "the files are not shown with the token"
[ "$(status "$page?$token")" = 200 ] || fail "lesson 00 does not open"
step "✓ The image builds, runs without a network, and asks for its token."
