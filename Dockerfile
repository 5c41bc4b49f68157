# The whole lab in one image: JupyterLab, Envoy, Go, TinyGo, the Go modules and warm compile caches.
# Nothing is fetched when it runs.
#
#   docker build -t envoy-wasm-lab .
#   docker run --rm -p 127.0.0.1:8888:8888 envoy-wasm-lab
#
# Inside, JupyterLab listens on every address: Docker brings a published port to the container's own
# one, so 127.0.0.1 in there would be reached by nobody. What keeps others out is the 127.0.0.1 in
# front of the published port, and the token, which stays on: open the address that the log shows.
#
# BASE may be any Debian 12. MORE_PACKAGES are installed with the system's: where TinyGo's release
# cannot be reached, those that it is built with (`lab setup` names them).
ARG BASE=debian:bookworm-slim
FROM ${BASE}

ARG MORE_PACKAGES=""
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates python3 python3-venv tini ${MORE_PACKAGES} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --shell /bin/bash --uid 1000 lab \
    && install -d -o lab -g lab /opt/lab /home/lab/envoy-wasm-lab

USER lab
ENV HOME=/home/lab LANG=C.UTF-8 SHELL=/bin/bash PATH=/home/lab/.local/bin:/opt/lab/bin:$PATH
WORKDIR /home/lab/envoy-wasm-lab

# The packages first: they change less often than the lab, and Docker keeps the layer.
COPY --chown=lab:lab requirements.lock ./
RUN python3 -m venv /opt/lab \
    && python -m pip install --disable-pip-version-check --no-cache-dir --no-deps \
        --only-binary :all: --require-hashes -r requirements.lock

# What Binder does once is what is to be done here.
COPY --chown=lab:lab . .
RUN binder/postBuild

EXPOSE 8888
# `/api` tells Jupyter's version, and needs no token.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8888/api', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
