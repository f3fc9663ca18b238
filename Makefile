# Everything that Botyard's machine needs is installed here, in .venv and frontend/node_modules, when it is missing.
# Each rule leaves a stamp or its product, so that a second run does nothing.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
# Hundreds of processes start in a test run, and a dozen at each start of Botyard: with this variable, which images of
# containers like to set, each would compile all that it imports again, which is more than half of the work of starting.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
STAMPS := $(VENV)/.stamps
RUN := $(STAMPS)/run
TEST := $(STAMPS)/test
UV := $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python

# The page is built by the Node that comes with the Python environment; a checkout without a page still runs.
NPM := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm --prefix frontend
PAGE_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path 'frontend/dist/*' -not -path 'frontend/tests/*' 2>/dev/null)
PAGE := $(if $(wildcard frontend/package.json),frontend/dist/.built)
MODULES := $(if $(wildcard frontend/package.json),frontend/node_modules/.package-lock.json)

# How many seeds `make test-durability` plays, and for how many minutes at most.
SEEDS ?= 100
MINUTES ?= 20

.PHONY: up test test-faults test-durability test-cluster test-cluster-guides bench screenshots lint setup

up: setup
	@exec $(VENV)/bin/botyard up

setup: $(RUN) $(PAGE)

test: $(RUN) $(TEST) $(PAGE)
	@$(VENV)/bin/python -m tests.browser
	$(if $(MODULES),$(NPM) test --silent)
	$(VENV)/bin/python -m pytest -n 5 -m "not long and not cluster"

# The long plays of faults and of scale: parts killed in turn, full disks, a thousand bots.
test-faults: $(RUN) $(TEST)
	$(VENV)/bin/python -m pytest -n 2 -m "long and not cluster"

test-durability: $(RUN) $(TEST)
	$(VENV)/bin/python -m tests.durability --seeds $(SEEDS) --minutes $(MINUTES)

# Real Kubernetes and Flux, as root in namespaces of their own; builds them at the first time, which takes half an hour.
# Plays wait more than they work, so three clusters stand side by side; then what measures has the machine for itself.
ON_CLUSTER := $(VENV)/bin/python -m tests.cluster $(VENV)/bin/python
PLAYS := faults releases ways
RELEASES := $(addprefix tests/cluster/test_,admission.py engine.py manifests.py release.py)
test-cluster: $(RUN) $(TEST) $(PAGE)
	$(ON_CLUSTER) -m tests.cluster.images runtime control-api
	$(MAKE) --keep-going --jobs 3 --output-sync=target $(PLAYS:%=cluster-%)
	$(ON_CLUSTER) -m pytest -n 0 -m "cluster and figures" -o cache_dir=.cache/pytest/figures $(ONLY) tests/cluster

cluster-faults: HERE := tests/cluster/faults
cluster-releases: HERE := $(RELEASES)
cluster-ways: HERE := tests/cluster --ignore=tests/cluster/faults $(RELEASES:%=--ignore=%)
$(PLAYS:%=cluster-%):
	$(ON_CLUSTER) -m pytest -n 0 -m "cluster and not figures and not long" -o cache_dir=.cache/pytest/$@ $(ONLY) $(HERE)

# The guides for clusters walked word for word, the embedded brain, and the image of all that one machine runs.
test-cluster-guides: $(RUN) $(TEST) $(PAGE)
	$(ON_CLUSTER) -m tests.cluster.images runtime control-api machine
	$(ON_CLUSTER) -m pytest -n 0 -m "cluster and long" -o cache_dir=.cache/pytest/guides $(ONLY) tests/cluster

# Takes about twenty minutes; `.venv/bin/python -m bench NAME…` takes some of the figures.
bench: $(RUN) $(TEST) $(PAGE)
	$(VENV)/bin/python -m bench

# Every page, at a desk and on a phone, light and dark, in frontend/screenshots: for looking at.
screenshots: $(RUN) $(TEST) $(PAGE)
	@$(VENV)/bin/python -m tests.browser
	$(VENV)/bin/python -m tests.page.screenshots

lint: $(RUN) $(TEST) $(MODULES)
	$(VENV)/bin/ruff check --quiet
	$(VENV)/bin/ruff format --check --quiet
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m tests.charts.lint charts/*
	$(if $(MODULES),$(NPM) run --silent lint)
	$(if $(MODULES),$(NPM) run --silent typecheck)

$(VENV)/bin/uv: requirements/setup.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Botyard needs Python 3.11 or newer; name one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements/setup.txt
	@touch $@

$(RUN): $(VENV)/bin/uv requirements/run.txt pyproject.toml
	$(UV) --require-hashes -r requirements/run.txt
	$(UV) --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(TEST): $(RUN) requirements/test.txt
	$(UV) --require-hashes -r requirements/test.txt
	@touch $@

# `install --no-save` takes the very versions and hashes of the lock, as `ci` does; `ci` would also want entries for
# the other platforms' binaries, which a registry need not have.
frontend/node_modules/.package-lock.json: $(RUN) frontend/package.json frontend/package-lock.json
	$(NPM) install --no-save --no-audit --no-fund --silent
	@touch $@

frontend/dist/.built: $(MODULES) $(PAGE_SOURCES)
	$(NPM) run --silent build
	@touch $@
