#!/bin/sh
# Start JupyterLab in a dev container, once: who attaches again is shown where it runs.
set -eu
cd "$(dirname "$0")/.."

if .venv/bin/jupyter server list --json 2>/dev/null | grep -q .; then
    exec .venv/bin/jupyter server list
fi
# In a codespace the browser comes from the forwarded port's own address, which Jupyter would take for
# a stranger's. Nobody but that address is let in, and the token stays on.
if [ -n "${CODESPACE_NAME:-}" ]; then
    origin="https://$CODESPACE_NAME-8888.${GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN:-app.github.dev}"
    exec make lab ARGS="--no-browser --port=8888 --ServerApp.port_retries=0 --ServerApp.allow_origin=$origin"
fi
exec make lab ARGS="--no-browser --port=8888 --ServerApp.port_retries=0"
