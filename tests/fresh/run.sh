#!/bin/sh
# Prove that the lab starts from nothing: a bare Debian 12 with python3, make and git is made (no
# certificates, no pip, no compiler), the last commit is cloned into it, and `make demo` runs there with an empty environment. Needs root
# and debootstrap. Everything is removed afterwards, however it ends.
#
#   KEEP=1 sh tests/fresh/run.sh    keeps the system for a look
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "✗ Only root can make a system to test in. Try: sudo make test-fresh" >&2; exit 1; }
if ! command -v debootstrap >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq debootstrap >/dev/null
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/lab-fresh.XXXXXX")
remove() {
    status=$?
    trap - EXIT INT TERM
    # Whatever was started in there must end before the system goes.
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/root" 2>/dev/null)" = "$root" ]; then kill -9 "${process#/proc/}" 2>/dev/null || true; fi
    done
    rm -f "$root.log"
    if mountpoint -q "$root/proc"; then umount -l "$root/proc"; fi
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$root"; else echo "Kept: $root"; fi
    exit "$status"
}
trap remove EXIT
trap 'exit 130' INT TERM

echo "[1/3] A bare Debian 12 (about 40 s)"
debootstrap --variant=minbase --include=python3,make,git bookworm "$root" \
    >"$root.log" 2>&1 || { tail -20 "$root.log" >&2; rm -f "$root.log"; exit 1; }
rm -f "$root.log"

echo "[2/3] The last commit, cloned into it"
git clone --quiet --no-hardlinks "$repository" "$root/root/lab"
mount -t proc proc "$root/proc"
# What a system's network needs, taken over from this one: names, certificates, package sources, and
# the settings of pip and Go, where a person has any.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# A company's own certificates, where it has any: the package ca-certificates takes them in.
mkdir -p "$root/usr/local/share/ca-certificates"
for file in /usr/local/share/ca-certificates/*.crt; do
    if [ -f "$file" ]; then cp -L "$file" "$root/usr/local/share/ca-certificates/"; fi
done
for file in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf /etc/pip.conf; do
    if [ -f "$file" ]; then mkdir -p "$root$(dirname "$file")"; cp -L "$file" "$root$file"; fi
done
network=$(env | grep -E '^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|PIP_(INDEX_URL|CERT|PROXY|TRUSTED_HOST|DEFAULT_TIMEOUT)|GOPROXY|GONOSUMDB|GOSUMDB|GOFLAGS|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)=' || true)

echo "[3/3] make demo, with an empty home, empty caches and an empty environment"
began=$(date +%s)
printf '%s\n' "$network" | grep . >"$root/root/network.env" || true
chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 sh -c 'set -a; . /root/network.env; set +a; cd /root/lab && make demo ARGS="--json /root/demo.json"'
echo "✓ make demo on a bare Debian 12: $(($(date +%s) - began)) s with empty caches"

echo "Once more, with everything in place and no network:"
# A network namespace without any device but loopback.
unshare --net chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    sh -c 'cd /root/lab && python3 tests/fresh/loopback.py && make demo'
echo "✓ make demo without a network"
