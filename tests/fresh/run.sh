#!/bin/sh
# Prove that the lab starts from nothing: a bare Debian 12 with python3, make and git is made (no
# certificates, no pip, no compiler), the last commit is cloned into it, and `make demo` runs there with an empty environment. Needs root
# and debootstrap. Everything is removed afterwards, however it ends.
#
#   KEEP=1 sh tests/fresh/run.sh    keeps the system for a look
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
. "$repository/tests/fresh/system.sh"
need_root test-fresh
need_debootstrap

root=$(mktemp -d "${TMPDIR:-/tmp}/lab-fresh.XXXXXX")
remove() {
    status=$?
    trap - EXIT INT TERM
    remove_system "$root"
    exit "$status"
}
trap remove EXIT
trap 'exit 130' INT TERM

echo "[1/3] A bare Debian 12 (about 40 s)"
bare_debian "$root" python3,make,git

echo "[2/3] The last commit, cloned into it"
git clone --quiet --no-hardlinks "$repository" "$root/root/lab"
mount -t proc proc "$root/proc"
take_over_network "$root"

echo "[3/3] make demo, with an empty home, empty caches and an empty environment"
began=$(date +%s)
chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 sh -c 'set -a; . /etc/network.env; set +a; cd /root/lab && make demo ARGS="--json /root/demo.json"'
echo "✓ make demo on a bare Debian 12: $(($(date +%s) - began)) s with empty caches"

echo "Once more, with everything in place and no network:"
# A network namespace without any device but loopback.
unshare --net chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    sh -c 'cd /root/lab && python3 tests/fresh/loopback.py && make demo'
echo "✓ make demo without a network"
