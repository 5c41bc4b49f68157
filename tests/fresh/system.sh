# Functions for tests that need a bare Debian of their own; sourced, not run. Needs root.
# shellcheck shell=sh

NETWORK_SETTINGS='^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|PIP_(INDEX_URL|CERT|PROXY|TRUSTED_HOST|DEFAULT_TIMEOUT)|GOPROXY|GONOSUMDB|GOSUMDB|GOFLAGS|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)='

need_root() { # need_root TARGET
    [ "$(id -u)" -eq 0 ] || { echo "✗ Only root can make a system to test in. Try: sudo make $1" >&2; exit 1; }
}

need_debootstrap() {
    command -v debootstrap >/dev/null 2>&1 && return
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq debootstrap >/dev/null
}

# bare_debian ROOT PACKAGES: Debian 12, smallest variant, with these packages, separated by commas.
bare_debian() {
    debootstrap --variant=minbase --include="$2" bookworm "$1" >"$1.log" 2>&1 ||
        { tail -20 "$1.log" >&2; rm -f "$1.log"; return 1; }
    rm -f "$1.log"
}

# take_over_network ROOT: what a system's network needs, from this one: names, certificates, package
# sources, and the settings of pip and Go, where a person has any (in ROOT/etc/network.env).
take_over_network() {
    cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
    # A company's own certificates, where it has any: the package ca-certificates takes them in.
    mkdir -p "$1/usr/local/share/ca-certificates"
    for file in /usr/local/share/ca-certificates/*.crt; do
        if [ -f "$file" ]; then cp -L "$file" "$1/usr/local/share/ca-certificates/"; fi
    done
    for file in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf /etc/pip.conf; do
        if [ -f "$file" ]; then mkdir -p "$1$(dirname "$file")"; cp -L "$file" "$1$file"; fi
    done
    env | grep -E "$NETWORK_SETTINGS" >"$1/etc/network.env" || true
}

# remove_system ROOT: end whatever was started in there, then remove it, unless KEEP is set.
remove_system() {
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/root" 2>/dev/null)" = "$1" ]; then kill -9 "${process#/proc/}" 2>/dev/null || true; fi
    done
    rm -f "$1.log"
    if mountpoint -q "$1/proc"; then umount -l "$1/proc"; fi
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$1"; else echo "Kept: $1"; fi
}

# brought_filters: shell words that run the filters in C and Rust where nothing compiles them, so that
# the modules that the lab brings serve. Only the lab's own folder is on PATH: what builds TinyGo here,
# in place of its archive, has a clang, and a person's machine has none.
brought_filters() {
    cat <<'END'
for filter in hello_c hello_rust; do
    said=$(PATH=$(dirname "$(command -v lab)") lab follow "filter/$filter") || { echo "$said"; exit 1; }
    case $said in *"the module that the lab brings"*"x-wasm-filter"*) ;; *) echo "✗ $filter: $said"; exit 1 ;; esac
    echo "✓ $filter serves by the module that the lab brings"
done
END
}
