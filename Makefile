# Two commands are enough: `make lab` opens the lab, `make test` runs its tests.
# Each sets up what it needs, once. `make help` lists the rest.

LAB := .venv/bin/lab
PY := .venv/bin/python
ARGS ?=
PYTEST := $(PY) -m pytest
# Three run at a time, the longest first: so they end at nearly the same time.
FOLDERS := tests-envoy tests-unit tests-browser tests-docker tests-notebooks tests-whole tests-book tests-typing
SHELL := bash

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev lab demo doctor check test $(FOLDERS) tests-go test-matrix test-fresh test-bundle test-binder test-image test-cluster torture soak bench book clean lock

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: ## install everything the lab needs (make lab and make demo do it by themselves)
	@MAKE_GOAL="$(firstword $(MAKECMDGOALS))" sh bootstrap.sh

setup-dev:
	@MAKE_GOAL="$(firstword $(MAKECMDGOALS))" sh bootstrap.sh dev

lab: setup ## open JupyterLab with the lessons
	@.venv/bin/jupyter lab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir=. $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

demo: setup ## the whole thing once in the terminal; ARGS="--workers 4" passes options on
	@$(LAB) demo $(ARGS)

doctor: setup ## say what is there, what is missing, and what to do
	@$(LAB) doctor $(ARGS)

check: setup-dev ## format, lint, types, go vet: seconds
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m tests.go_tools check

# A process for each folder: what one keeps for its session (a browser and its event loop, a Docker daemon)
# is none of the next one's. Much of what they do is wait for a tick, a page or a container, so three run
# at a time, also on two cores, and each line says whose it is. A folder that fails does not hide the next.
test: setup-dev ## run every check and every test
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(FOLDERS) tests-go check

# What writes the names does not mind Ctrl-C: what the tests say as they end is to be seen, too.
$(FOLDERS): tests-%:
	@set -o pipefail; $(PY) -u -m pytest tests/$* $(if $(MAKE_TERMOUT),--color=yes) $(ARGS) 2>&1 | (trap '' INT; exec sed -u 's/^/$*: /')

tests-book: tests-notebooks # it is made of the runs that those leave

tests-go: # the filters' own
	@$(PY) -m tests.go_tools test

test-matrix: setup-dev ## the demo's path on every Envoy from 1.36 to 1.40
	@$(PYTEST) tests/envoy -m matrix $(ARGS)

test-fresh: ## make demo on a bare Debian 12, made and removed for it (root)
	@sh tests/fresh/run.sh

test-bundle: setup ## the lab from a bundle, on a bare Debian 12 without a network (root)
	@sh tests/bundle/run.sh

test-binder: ## every lesson as on Binder: one CPU, 2 GB then 1 GB, no network (root)
	@sh tests/binder/run.sh

test-image: setup-dev ## build the Dockerfile's image on a bare Debian, and use it (root)
	@sh tests/image/run.sh

test-cluster: setup-dev ## what a real Kubernetes API server says of `lab manifests`; it is built first (15 minutes, once)
	@command -v etcd >/dev/null || { echo "There is no etcd: apt-get install etcd-server"; exit 1; }
	@$(PYTEST) tests/cluster $(ARGS)

torture: setup-dev ## random faults against a running lab, for 15 minutes; ARGS="--seed 5" does the same again
	@$(PY) -m tests.torture $(ARGS)

soak: setup-dev ## ten minutes of load while faults switch, filters are reloaded and crash
	@$(PY) -m tests.soak $(ARGS)

book: setup-dev ## the lessons as a website to read, in site/
	@$(PY) -m book $(ARGS)

bench: setup-dev ## measure, and write benchmarks/*.md; ARGS="dashboard" runs one of them
	@$(PY) -m benchmarks $(ARGS)

lock: setup-dev ## write the lock files anew from pyproject.toml
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml --group build -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml --group build --group dev --group book -c requirements.lock -o requirements-dev.lock
	@$(PY) binder/write_environment.py

clean: ## end what is left running, and remove what was made here, but not your own files in work/
	@MAKE_GOAL=clean sh bootstrap.sh mine
	@if $(LAB) --help >/dev/null 2>&1; then $(LAB) clean; fi
	rm -rf .venv work/build test-artifacts site .pytest_cache .mypy_cache .ruff_cache optimized.wasm
