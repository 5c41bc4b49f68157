#!/bin/sh
# Prove that the lab starts from nothing: a bare Debian 12 with python3, make and git is made (no
# certificates, no pip, no compiler), the last commit is cloned into it, and `make demo` runs there with an empty environment. Needs root
# and debootstrap. Everything is removed afterwards, however it ends.
#
#   KEEP=1 sh tests/fresh/run.sh    keeps the system for a look
set -eu

here_fresh=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here_fresh/../.." && pwd)
# shellcheck source=tests/fresh/bare_debian.sh
. "$here_fresh/bare_debian.sh"
need_root test-fresh

echo "[1/3] A bare Debian 12 (about 40 s)"
make_bare_debian python3,make,git

echo "[2/3] The last commit, cloned into it"
git clone --quiet --no-hardlinks "$repository" "$root/root/lab"
take_over_network "$root"

echo "[3/3] make demo, with an empty home, empty caches and an empty environment"
began=$(date +%s)
in_debian root 'set -a; . /etc/network.env; set +a; cd /root/lab && make demo ARGS="--json /root/demo.json"'
echo "✓ make demo on a bare Debian 12: $(($(date +%s) - began)) s with empty caches"

echo "Once more, with everything in place and no network:"
offline in_debian root 'cd /root/lab && make demo'
echo "✓ make demo without a network"

echo "A first filter of one's own, by what setup has compiled:"
offline in_debian root 'cd /root/lab && .venv/bin/python -m tests.fresh.first_filter'
