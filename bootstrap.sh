#!/bin/sh
# Make .venv, with everything that the lab needs in it. Run by `make`; safe to interrupt and to run
# again. What is done already, by the content of the lock files, is not done again.
#
#   sh bootstrap.sh        what the lab needs
#   sh bootstrap.sh dev    what its tests and checks need, too
#   sh bootstrap.sh mine   nothing: it fails where what `make clean` removes is another user's
#
# With BUNDLE=FILE everything comes from that file, which `lab bundle` made, and nothing from a network.
set -eu

BUNDLE=${BUNDLE:-}
case $BUNDLE in
'' | /*) ;;
\~/*) BUNDLE=$HOME/${BUNDLE#\~/} ;; # where the shell left it as it was typed
*) BUNDLE=$PWD/$BUNDLE ;;
esac
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
WHAT=${1:-run}
VENV_PYTHON=.venv/bin/python
# The bundle's wheels, laid out for as long as they are installed.
WHEELS=.venv/.bundle
PIP_LOG=.venv/.pip.log

say() { printf '%s\n' "$@"; }
fail() {
    printf '✗ %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# A step that Ctrl-C ends. A shell hears of that only after what it waits for has ended, and Python
# would show a stack trace first. So a step runs in the background, where Ctrl-C is ignored, and is
# ended from here.
STEP=
step() {
    "$@" &
    STEP=$!
    wait "$STEP" && ended=0 || ended=$?
    STEP=
    return "$ended"
}
interrupted() {
    trap '' HUP INT TERM
    watch_no_more
    if [ -n "$STEP" ]; then
        kill "$STEP" 2>/dev/null || : # it has just ended
        wait
    fi
    [ ! -t 1 ] || printf '\033[?25h' # a progress bar hides the cursor
    say "" "Interrupted. Nothing is broken: run make $MAKE_GOAL again, and it goes on with what was downloaded."
    exit "$1"
}

# Say how far pip is while it works: its own 360 lines stand in a log. In a terminal it is one line,
# once a second; elsewhere nothing until the end, for each line would stay.
WATCH=
watch_packages() {
    [ -t 1 ] || return 0
    while :; do
        come=$(grep -cE '^ *(Collecting|Ignoring) ' "$1" || :)
        what="$come of $2 packages"
        ! grep -q '^Installing collected packages' "$1" || what="$2 packages are here: unpacking them"
        printf '\r\033[K    %s, %s s' "$what" $(($(date +%s) - began))
        sleep 1
    done &
    WATCH=$!
}
watch_no_more() {
    [ -n "$WATCH" ] || return 0
    kill "$WATCH" 2>/dev/null || :
    wait "$WATCH" 2>/dev/null || :
    WATCH=
    printf '\r\033[K'
}

# What another user made is left alone, by root as well: to begin anew, setup would remove it.
COPY='cp -R . ~/envoy-wasm-lab; cd ~/envoy-wasm-lab'
require_mine() {
    for path in "$@"; do
        [ ! -e "$path" ] || [ -O "$path" ] || not_mine "$path"
    done
}
not_mine() {
    # shellcheck disable=SC2046  # words: its mode, its links, its owner
    set -- "$1" $(ls -ld "$1")
    try="$COPY && make $MAKE_GOAL"
    [ "$(id -u)" -ne 0 ] || try="su $4 -c 'make $MAKE_GOAL'"
    fail "$PWD/$1 belongs to $4, and you are $(id -un): it was left as it is." "Try: $try"
}
require_writable() {
    place=.
    [ ! -e .venv ] || place=.venv
    [ -w "$place" ] ||
        fail "You, $(id -un), may not write to $PWD: setup makes .venv there." "Try: $COPY && make $MAKE_GOAL"
}

# A stamp is named after the content of what it stands for, so a new lock file asks for a new install.
stamp_of() {
    name=$1
    shift
    printf '.venv/.%s-%s' "$name" "$(cat "$@" | cksum | cut -d' ' -f1)"
}
packages_stamp() { stamp_of "$1" "$2"; }
lab_stamp() {
    # Jupyter's settings are installed with the package.
    # shellcheck disable=SC2046  # words, each a file
    stamp_of lab pyproject.toml $(find jupyter -type f | LC_ALL=C sort)
}
toolchain_stamp() {
    # shellcheck disable=SC2046  # words, each a file
    stamp_of toolchain filter/go.sum lab_helpers/toolchain/tinygo.py \
        lab_helpers/go_helper/building.py $(find lab_helpers/go_helper/program -type f | LC_ALL=C sort)
}

# An environment is good only where it was made, with the Python that made it, and whole.
made_by() { printf '%s %s' "$PWD" "$(readlink -f "$VENV_PYTHON")"; }
venv_is_good() {
    [ -x "$VENV_PYTHON" ] && [ "$(cat .venv/.made 2>/dev/null)" = "$(made_by)" ] &&
        [ ! -e .venv/.installing ]
}

# TinyGo is kept outside of .venv, where a person may clear the caches.
tools_are_there() {
    [ -e "$(toolchain_stamp)" ] && [ -x "$(cat "$(toolchain_stamp)")" ]
}

# Two terminals may begin at once: the second waits. Where there is no flock, a person has to.
only_one() {
    command -v flock >/dev/null 2>&1 || return 0
    exec 9<bootstrap.sh
    flock -n 9 && return 0
    say "Another setup is at work here; waiting for it."
    flock 9
}

check_python() {
    command -v "$PYTHON" >/dev/null 2>&1 || fail "There is no $PYTHON." \
        "Try: sudo apt-get install python3"
    step "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
        "$("$PYTHON" --version) is too old: the lab needs Python 3.11 or later." \
        "Try: make PYTHON=python3.12 $MAKE_GOAL"
}

# Debian and Ubuntu ship Python without the part that makes environments, and may have none of the
# certificates that Go's downloads are checked with.
ensure_system_packages() {
    packages=
    "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
        packages=$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    [ -e "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" ] || ! command -v apt-get >/dev/null 2>&1 ||
        packages="${packages:+$packages }ca-certificates"
    [ -n "$packages" ] || return 0
    # shellcheck disable=SC2086  # words, each a package
    set -- apt-get install -y --no-install-recommends $packages
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        fail "The lab needs $packages from the system." \
            "Try: sudo apt-get update && sudo $*" "then run make $MAKE_GOAL again"
    fi
    say "    installing $packages (about 15 s)"
    log=$(mktemp)
    step install_with_apt "$@" >"$log" 2>&1 || {
        tail -20 "$log" >&2
        rm -f "$log"
        fail "$packages could not be installed." "Try: $*"
    }
    rm -f "$log"
}

install_with_apt() {
    # What an interrupted install left is finished first; a system that updates itself is waited for.
    dpkg --configure -a && apt-get update && DEBIAN_FRONTEND=noninteractive "$@" -o DPkg::Lock::Timeout=300
}

make_venv() {
    venv_is_good && return
    # Half made, made elsewhere, or with half a package in it: begin anew. Downloads are cached.
    rm -rf .venv
    # From a bundle comes pip as well, for Debian's Python has none to give.
    step "$PYTHON" -m venv ${BUNDLE:+--without-pip} .venv
    # Without its pip it is not whole yet.
    [ -z "$BUNDLE" ] || touch .venv/.installing
    made_by >.venv/.made
}

# A bundle is held against its checksums before anything here is changed.
check_bundle() {
    [ "$WHAT" = run ] || fail "A bundle holds what the lab needs, and not what its tests need." \
        "Try: make lab BUNDLE=$BUNDLE"
    step "$PYTHON" -I lab_helpers/bundle/alone.py check "$BUNDLE" || exit 1
}

# Run pip: from a bundle its own, out of its wheel, with the bundle's wheels and no index.
# -I: whatever PYTHONPATH holds stays out.
pip_install() {
    if [ -n "$BUNDLE" ]; then
        set -- "$(echo "$WHEELS"/pip-*.whl)/pip" install --no-index --find-links "$WHEELS" "$@"
    else
        set -- -m pip install "$@"
    fi
    step "$VENV_PYTHON" -I "$@" --disable-pip-version-check --no-deps --no-compile
}

install_locked() {
    stamp=$(packages_stamp "$1" "$2")
    [ -e "$stamp" ] && return
    touch .venv/.installing
    # Going back to an earlier lock asks for an install, too: only what is there has a stamp.
    rm -f .venv/.run-* .venv/.dev-*
    bundled=
    hint="see whether the network and pip's proxy settings work, then run make $MAKE_GOAL again."
    if [ -n "$BUNDLE" ]; then
        bundled="-r lab_helpers/bundle/pip.txt"
        hint="see whether the disk is full, then run it again."
        rm -rf "$WHEELS"
        step "$PYTHON" -I lab_helpers/bundle/alone.py wheels "$BUNDLE" "$WHEELS" || exit 1
    fi
    # The lock is whole, so pip need not solve anything; wheels only, for a build runs strange code.
    total=$(grep -cE '^[A-Za-z0-9][A-Za-z0-9._-]*==' "$2" || :)
    : >"$PIP_LOG"
    watch_packages "$PIP_LOG" "$total"
    # shellcheck disable=SC2086  # words
    pip_install --only-binary :all: --require-hashes -r "$2" $bundled >"$PIP_LOG" 2>&1 && ended=0 || ended=$?
    watch_no_more
    if [ "$ended" -ne 0 ]; then
        said=$(grep -iE '^ *(error|warning: retrying)' "$PIP_LOG" | tail -3) || said=$(tail -3 "$PIP_LOG")
        fail "The Python packages could not be installed." "$said" "Try: $hint" \
            "All that pip said: $PWD/$PIP_LOG"
    fi
    say "    $total packages, $(($(date +%s) - began)) s"
    rm -rf "$WHEELS"
    rm .venv/.installing
    touch "$stamp"
    # The locks agree, and the longer one holds the shorter.
    [ "$1" = run ] || touch "$(packages_stamp run requirements.lock)"
}

install_lab() {
    [ -e "$(lab_stamp)" ] && [ -x .venv/bin/lab ] && return
    step "$VENV_PYTHON" -I -m pip install --disable-pip-version-check --quiet --no-deps \
        --no-build-isolation --no-index --editable .
    rm -f .venv/.lab-*
    touch "$(lab_stamp)"
}

install_tools() {
    if [ -n "$BUNDLE" ]; then
        step .venv/bin/lab unbundle --tools-only "$BUNDLE"
    else
        tools_are_there && return
        step .venv/bin/lab setup
    fi
    if [ -z "$BUNDLE" ] && [ "${LAB_TOOLCHAIN:-}" = docker ]; then
        printf .venv/bin/lab >.venv/.tinygo # TinyGo is an image then, which Docker keeps
    else
        step "$VENV_PYTHON" -c 'from lab_helpers.toolchain import find_tinygo as find; print(find().path, end="")' \
            >.venv/.tinygo
    fi
    rm -f .venv/.toolchain-*
    mv .venv/.tinygo "$(toolchain_stamp)"
}

MAKE_GOAL=${MAKE_GOAL:-lab}
if [ "$WHAT" = dev ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi
is_ready() {
    [ -z "$BUNDLE" ] && venv_is_good && [ -e "$(packages_stamp "$WHAT" "$lock")" ] && [ -e "$(lab_stamp)" ] &&
        [ -x .venv/bin/lab ] && tools_are_there
}

if [ "$WHAT" = mine ]; then
    require_mine .venv work/build test-artifacts site
    exit 0
fi
is_ready && exit 0
require_mine .venv
require_writable
trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
only_one
is_ready && exit 0

check_python
began=$(date +%s)
packages_take="1 to 3 minutes the first time"
tools_take="1 to 4 minutes the first time"
if [ -n "$BUNDLE" ]; then
    packages_take="about a minute"
    tools_take="half a minute"
    say "[0/4] The bundle $BUNDLE"
    check_bundle
fi
say "[1/4] An environment for Python, .venv (a few seconds)"
[ -n "$BUNDLE" ] || ensure_system_packages
make_venv
say "[2/4] The Python packages, checked against their hashes ($packages_take)"
install_locked "$WHAT" "$lock"
say "[3/4] The command lab"
install_lab
say "[4/4] TinyGo and Go modules ($tools_take)"
install_tools
say "✓ Ready, in $(($(date +%s) - began)) s. Everything from here on works without a network."
