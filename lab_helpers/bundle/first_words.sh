#!/bin/sh
# The Envoy Wasm lab in one file, for a machine without a network.
#
#   sh FILE [FOLDER]    lay it out in FOLDER (envoy-wasm-lab) and set it up
#
# Past these lines it is a zip file: `unzip -l FILE` lists it.
PYTHON=${PYTHON:-python3}
command -v "$PYTHON" >/dev/null 2>&1 || {
    printf '✗ There is no %s here.\nTry: install Python 3.11 or later, or name one: PYTHON=python3.12 sh %s\n' "$PYTHON" "$0" >&2
    exit 1
}
exec "$PYTHON" -I -c '
import signal
ctrl_c = signal.getsignal(signal.SIGINT)
if callable(ctrl_c):  # no stack trace while nothing is begun
    signal.signal(signal.SIGINT, signal.SIG_DFL)
import sys, zipfile
file = sys.argv[1]
if sys.version_info < (3, 11):
    sys.exit("✗ The lab needs Python 3.11 or later, and this is %d.%d.\nTry: PYTHON=python3.12 sh %s" % (sys.version_info[0], sys.version_info[1], file))
if not zipfile.is_zipfile(file):
    sys.exit("✗ %s is only a part of a bundle.\nTry: copy it once more from where it came" % file)
sys.path.insert(0, file)
# No package of the lab is here yet, so its front door, which wants some, stays closed.
door = type(sys)("lab_helpers")
door.__path__ = [file + "/lab_helpers"]
sys.modules["lab_helpers"] = door
from lab_helpers.bundle.__main__ import main
signal.signal(signal.SIGINT, ctrl_c)
sys.exit(main(["lay-out", *sys.argv[1:]]))
' "$0" "$@"
exit 1
