# shellcheck shell=sh
# Sourced: a bare Debian 12 to test in, made for the test and removed with it, however it ends.
#
# The one who sources it sets here_fresh, the folder that this file is in.
#
#   make_bare_debian python3,make    makes it, in the folder $root
#   in_debian USER COMMAND           runs a shell command there, with an empty environment
#   offline in_debian USER COMMAND   the same, in a network that has nothing but loopback
#
# KEEP=1 keeps the system for a look.

# What runs in a chroot looks up its programs here.
DEBIAN_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# shellcheck source=tests/fresh/system.sh
. "${here_fresh:?}/system.sh"

make_bare_debian() {
    root=$(mktemp -d "${TMPDIR:-/tmp}/lab-fresh.XXXXXX")
    chmod 755 "$root"
    trap remove_debian EXIT
    trap 'exit 130' INT TERM
    need_debootstrap
    bare_debian "$root" "$1"
    mount -t proc proc "$root/proc"
}

remove_debian() {
    status=$?
    trap - EXIT INT TERM
    remove_system "$root"
    exit "$status"
}

# $1: root, or a user of that system by number; $2: the command. HOME is /root or /home/NUMBER.
in_debian() {
    home=/root
    [ "$1" = root ] || home=/home/$1
    chroot --userspec="$1:$1" "$root" /usr/bin/env -i HOME="$home" PATH=$DEBIAN_PATH LANG=C.UTF-8 sh -c "$2"
}

# A namespace of its own, with loopback switched on and no other device in it.
offline() {
    # shellcheck disable=SC2016  # for the inner shell
    unshare --net sh -c '
        set -eu
        python3 "$1/loopback.py"
        devices=$(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " | tr "\n" " ")
        [ "$devices" = "lo " ] || { echo "✗ not cut off: $devices" >&2; exit 1; }
        here_fresh=$1
        . "$1/bare_debian.sh"
        root=$2
        shift 2
        "$@"' sh "${here_fresh:?}" "$root" "$@"
}
