#!/bin/sh
# Prove that a bundle is enough: one is made here, and a bare Debian 12 with python3 and make (no
# git, no certificates, no pip, no compiler, no LLVM) gets nothing else. Its network has no device
# but loopback, and the lab is set up by a user without any rights. Needs root and debootstrap.
#
#   KEEP=1 sh tests/bundle/run.sh          keeps the system for a look
#   BUNDLE=FILE sh tests/bundle/run.sh     takes a bundle that was made before
set -eu

here=$(cd "$(dirname "$0")" && pwd)
here_fresh=$here/../fresh
repository=$(cd "$here/../.." && pwd)
# shellcheck source=tests/fresh/bare_debian.sh
. "$here_fresh/bare_debian.sh"
need_root test-bundle
user=1000

seconds_since() { echo $(($(date +%s) - $1)); }
fail() { printf '✗ %s\n' "$*" >&2; exit 1; }

echo "[1/6] A bare Debian 12 (about 30 s)"
make_bare_debian python3,make
home=$root/home/$user
mkdir -p "$home/stick"
python="python$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')"

echo "[2/6] A bundle of the last commit, for $python"
if [ -n "${BUNDLE:-}" ]; then
    cp "$BUNDLE" "$home/stick/lab.run"
else
    "$repository/.venv/bin/lab" bundle --python "${python#python}" -o "$home/stick/lab.run"
fi
chown -R "$user:$user" "$home"

echo "[3/6] A bundle that is cut short, or has one wrong byte, is refused and leaves nothing"
head -c 100000000 "$home/stick/lab.run" >"$home/stick/short.run"
cp "$home/stick/lab.run" "$home/stick/wrong.run"
printf 'x' | dd of="$home/stick/wrong.run" bs=1 seek=100000000 conv=notrunc 2>/dev/null
refused() {
    if offline in_debian "$user" "cd ~ && sh stick/$1" >"$root/refused" 2>&1; then fail "$1 was taken"; fi
    grep -q "$2" "$root/refused" || fail "$1 was refused with other words: $(cat "$root/refused")"
    [ "$(ls -A "$home")" = stick ] || fail "$1 left $(ls -A "$home")"
    sed 's/^/    /' "$root/refused"
    rm "$home/stick/$1"
}
refused wrong.run "is damaged"
refused short.run "is only a part of a bundle"

echo "[4/6] sh lab.run, then make demo: no network, no rights, an empty home"
began=$(date +%s)
offline in_debian "$user" 'cd ~ && sh stick/lab.run'
echo "✓ set up from the bundle in $(seconds_since "$began") s"
offline in_debian "$user" 'cd ~/envoy-wasm-lab && make demo ARGS="--json ../demo.json"'
[ -s "$home/demo.json" ] || fail "the demo wrote no report"
echo "  it takes, with its caches: $(du -sh "$home/envoy-wasm-lab" "$home/.cache" "$home/go" | tr '\t\n' ' ,')"

echo "[5/6] In a clone: make demo BUNDLE=lab.run, killed in the middle, then once more"
user=1001
mkdir -p "$root/home/$user"
git clone --quiet --no-hardlinks "$repository" "$root/home/$user/lab"
chown -R "$user:$user" "$root/home/$user"
offline in_debian "$user" 'cd ~/lab && make demo BUNDLE=/home/1000/stick/lab.run' >"$root/killed" 2>&1 &
first=$!
# Until TinyGo is being unpacked; the loop ends with the setup, if that should never be seen.
while kill -0 "$first" 2>/dev/null && ! ls -d "$root/home/$user"/.cache/envoy-wasm-lab/toolchain/.installing-*/tinygo >/dev/null 2>&1; do sleep 0.1; done
for process in /proc/[0-9]*; do
    if [ "$(stat -c %u "$process" 2>/dev/null)" = "$user" ] && [ "$(readlink "$process/root" 2>/dev/null)" = "$root" ]; then
        kill -9 "${process#/proc/}" 2>/dev/null || true
    fi
done
if wait "$first"; then fail "it was to be killed, and ended by itself"; fi
[ ! -e "$root/home/$user/.cache/envoy-wasm-lab/toolchain/tinygo-0.41.1" ] || fail "half a TinyGo was left in its place"
began=$(date +%s)
offline in_debian "$user" 'cd ~/lab && make demo BUNDLE=/home/1000/stick/lab.run'
echo "✓ after the kill: set up, and the demo, in $(seconds_since "$began") s"
[ -z "$(ls -d "$root/home/$user"/.cache/envoy-wasm-lab/toolchain/.installing-* 2>/dev/null)" ] || fail "the killed setup's scratch is left"

echo "[6/6] Both compilers, and two lessons in a kernel, with nothing to download"
offline in_debian "$user" 'cd ~/lab && .venv/bin/lab build filter/hello -o ~/hello.wasm && .venv/bin/lab build filter/token --compiler go -o ~/go.wasm && .venv/bin/lab doctor'
offline in_debian "$user" "cd ~/lab && PATH=~/lab/.venv/bin:\$PATH && $(brought_filters)" || fail "a filter in another language does not serve"
# A cell that raises ends the run. The result is not kept where a lesson lies.
for lesson in 00_start_here 03_compile_it; do
    offline in_debian "$user" "cd ~/lab/notebooks && ../.venv/bin/jupyter execute --timeout=300 $lesson.ipynb --output=../work/$lesson.ipynb" >"$root/lesson" 2>&1 ||
        { tail -20 "$root/lesson"; fail "lesson $lesson did not run"; }
    [ -s "$root/home/$user/lab/work/$lesson.ipynb" ] || fail "lesson $lesson left no result"
    echo "✓ lesson $lesson"
done
echo "✓ A bundle is enough."
