#!/bin/sh
# Prove that the lab works on Binder, without Binder: a bare Debian 12 with an unprivileged user and
# no Docker goes through the steps of repo2docker's Dockerfile; then, without a network, with one CPU
# and a hard limit of memory, JupyterLab starts there and every lesson runs beside it.
# Needs root and debootstrap. Everything is removed afterwards, however it ends.
#
#   REPORT=FILE   where the figures go, as Markdown (test-artifacts/binder.md)
#   LIMITS="2048 1024"   the limits, in MiB
#   KEEP=1        keeps the system for a look
#
# What differs from Binder: Debian 12 in place of Ubuntu 24.04; Python from this machine, and the
# packages of Binder's base from PyPI, in place of conda-forge; and where TinyGo's release archive
# cannot be reached, TinyGo is built from source with Debian's LLVM.
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
. "$repository/tests/fresh/system.sh"
need_root test-binder
need_debootstrap

work=$(mktemp -d "${TMPDIR:-/tmp}/lab-binder.XXXXXX")
root=$work/root
group=lab-binder-$$
home=/home/jovyan
prefix=/srv/conda/envs/notebook
remove() {
    status=$?
    trap - EXIT INT TERM
    remove_system "$root"
    # A process that was killed leaves its control group in a moment.
    for folder in /sys/fs/cgroup/"$group"* /sys/fs/cgroup/memory/"$group"*; do
        if [ -d "$folder" ]; then rmdir "$folder"; fi
    done
    if [ -z "${KEEP:-}" ]; then rm -rf --one-file-system "$work"; fi
    exit "$status"
}
trap remove EXIT
trap 'exit 130' INT TERM

# As repo2docker's Dockerfile does: its user, its variables (no login shell, so no CONDA_PREFIX).
as_user() { # as_user 'COMMANDS'
    setpriv --no-new-privs chroot --userspec=1000:1000 "$root" /usr/bin/env -i HOME=$home USER=jovyan REPO_DIR=$home \
        NB_PYTHON_PREFIX=$prefix CONDA_DEFAULT_ENV=$prefix LANG=C.UTF-8 LC_ALL=C.UTF-8 SHELL=/bin/bash \
        PATH=$home/.local/bin:$prefix/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash -euo pipefail -c "set -a; . /etc/network.env; set +a; cd $home; $1"
}
as_root() { # as_root COMMAND...
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
mebibytes() { du -sxm --total "$@" 2>/dev/null | tail -1 | cut -f1; } # 0 for what is not there
step() { printf '[%s] %s\n' "$(date +%T)" "$1"; }

step "A bare Debian 12 with a user of no rights (about 40 s)"
bare_debian "$root" ca-certificates,git,libpython3-stdlib
mount -t proc proc "$root/proc"
take_over_network "$root"
as_root update-ca-certificates >/dev/null 2>&1
as_root useradd --create-home --home-dir $home --shell /bin/bash --uid 1000 jovyan

# Python 3.12, as Binder has it, if this machine has one; its packages stay behind.
python=$(command -v "${BINDER_PYTHON:-python3.12}" || true)
if [ -n "$python" ] && "$python" -c 'import ensurepip' 2>/dev/null; then
    from=$("$python" -c 'import sys; print(sys.base_prefix)')
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    mkdir -p "$root$from"
    tar -C "$from" -c --exclude=site-packages --exclude=test --exclude=tests --exclude='config-*' --exclude=__pycache__ \
        bin lib | tar -C "$root$from" -x --no-same-owner
    folder=$from
    while [ "$folder" != / ]; do
        chmod a+rx "$root$folder"
        folder=$(dirname "$folder")
    done
    as_root "$from/bin/python$version" -m venv "$prefix"
else
    echo "    There is no python3.12 here, so it is Debian's Python: 3.11"
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    as_root python3 -m venv "$prefix"
fi
python_version=$(as_root $prefix/bin/python -c 'import platform; print(platform.python_version())')
chown -R 1000:1000 "$root/srv/conda"

step "Binder's base packages, with Python $python_version"
mkdir "$root/base" && cp "$repository/tests/binder/base.txt" "$root/base/"
as_user "python -m pip install --quiet --no-cache-dir -r /base/base.txt"
base_mib=$(mebibytes "$root$prefix")

step "The last commit, cloned; binder/environment.yml's pip part, as mamba installs it"
git clone --quiet --no-hardlinks "$repository" "$root$home/clone"
mv "$root$home/clone"/* "$root$home/clone"/.[!.]* "$root$home/" && rmdir "$root$home/clone"
chown -R 1000:1000 "$root$home"
# The lines `      - 'NAME==VERSION…'`: a strange line would fail pip, and so this test.
sed -n "s/^      - '\(.*\)'\$/\1/p" "$repository/binder/environment.yml" >"$root/base/pip.txt"
as_user "python -m pip install -U -r /base/pip.txt --no-input --quiet --disable-pip-version-check"

tinygo_from="its release archive"
if as_user "python -m tests.binder.tinygo_stand_in needed"; then
    tinygo_from="source, in place of its release archive"
    step "TinyGo's archive is out of reach: root installs what it is built with, and the user builds it"
    before=$(mebibytes "$root/usr")
    as_root apt-get update -qq
    # shellcheck disable=SC2046  # words, each a package
    as_root apt-get install -y -qq --no-install-recommends $(as_user "python -m tests.binder.tinygo_stand_in packages") \
        >"$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; exit 1; }
    stand_in_mib=$(($(mebibytes "$root/usr") - before))
    as_user "python -m tests.binder.tinygo_stand_in build"
fi

step "binder/postBuild"
began=$(date +%s)
as_user "./binder/postBuild"
post_build_s=$(($(date +%s) - began))

conflicts=$(as_user "python -m pip check" || true)
mkdir -p "$repository/test-artifacts"
report=${REPORT:-$repository/test-artifacts/binder.md}
{
    echo "| what was installed | MiB |"
    echo "|---|---|"
    echo "| Python packages beyond Binder's own base (Envoy and Go among them) | $(($(mebibytes "$root$prefix") - base_mib)) |"
    echo "| of these, Envoy | $(mebibytes "$root$prefix"/lib/python*/site-packages/envoy*) |"
    echo "| of these, Go | $(mebibytes "$root$prefix"/lib/python*/site-packages/go) |"
    echo "| the lab's folder: the repository, TinyGo, Go modules, caches, compiled modules | $(mebibytes "$root$home") |"
    echo "| of these, TinyGo (from $tinygo_from) | $(mebibytes "$root$home/.cache/envoy-wasm-lab/toolchain") |"
    echo "| of these, Go modules | $(mebibytes "$root$home/.cache/go") |"
    echo "| of these, compile caches | $(mebibytes "$root$home/.cache/go-build" "$root$home/.cache/tinygo") |"
    echo "| **together** | **$(($(mebibytes "$root$prefix" "$root$home") - base_mib))** |"
    if [ -n "${stand_in_mib:-}" ]; then echo "| besides, for the TinyGo built here alone: Debian's LLVM 19 | $stand_in_mib |"; fi
    echo "| Binder's own base packages, as they came from PyPI | $base_mib |"
    echo
    echo "Python $python_version. TinyGo from $tinygo_from. \`postBuild\` took $post_build_s s."
    echo "\`pip check\`: ${conflicts:-No broken requirements found.}"
    echo
} >"$report"

step "The filters in C and Rust, which nothing here compiles"
as_user "$(brought_filters)"

step "As an image is opened a month later: Go's caches grow 40 days older"
as_user "python tests/binder/age.py 40"

for limit in ${LIMITS:-2048 1024}; do
    step "All lessons without a network, one CPU, $limit MiB"
    # Each starts from the image as it was built: what it writes goes into a layer of its own. The
    # processes have a namespace of their own, so none of them outlives it.
    mkdir -p "$work/$limit/upper" "$work/$limit/work" "$work/$limit/root"
    unshare --net --mount --pid --fork --kill-child sh -eu -c '
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
        mount -t proc proc "$2/root/proc"
        mkdir -p "$2/root/dev/shm"
        mount -t tmpfs -o size=64m tmpfs "$2/root/dev/shm"
        python3 "$3/tests/fresh/loopback.py"
        cd "$3" && exec python3 -m tests.binder.measure --root "$2/root" --group "$4" --mib "$5" --report "$6"
    ' sh "$root" "$work/$limit" "$repository" "$group-$limit" "$limit" "$report"
done
step "✓ All lessons run. The figures are in $report:"
cat "$report"
