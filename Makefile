# SPDX-License-Identifier: MIT
# Two commands do everything, set-up included:  make demo   and   make test
# Another interpreter: make test PYTHON=python3.13 VENV=.venv313

PYTHON ?=
VENV ?= .venv
WORKERS ?= auto
PYTEST_ARGS ?=
TESTS ?= tests
export PYTHON VENV

BIN = $(VENV)/bin
# Each worker has a domain controller of its own.
PYTEST = $(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=4 $(PYTEST_ARGS)
TOUR = build/tour

.DEFAULT_GOAL := help
.PHONY: help setup setup-run demo pictures lab test reliability test-fast lint format lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything the tests need (make test does it too)
	@tools/setup.sh dev

setup-run:  # what make demo needs and no more
	@tools/setup.sh run

demo: setup-run ## try the program on its embedded domain; without a screen, photograph a tour of it
	@VENV=$(VENV) tools/demo.sh $(TOUR)

lab: setup ## open the program on a real Samba domain of its own
	@$(BIN)/python -m tests.samba.lab

pictures: setup-run ## take the pictures of the guide anew
	@VENV=$(VENV) tools/pictures.sh

lint: setup ## check style, types and import rules
	@echo "==> Style, types and which room may know which"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "These files want 'make format'."; $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

test: lint ## all tests, against a real Samba domain too
	@[ "$$(id -u)" -eq 0 ] || { echo "==> Samba needs root; sudo may ask for your password"; sudo -v; }
	@echo "==> All tests, the real domain's among them"
	@JIT_LIVE=required $(PYTEST) $(TESTS)

reliability: setup ## the long form of the series that show the promise kept; makes docs/reliability.md
	@[ "$$(id -u)" -eq 0 ] || { echo "==> Samba needs root; sudo may ask for your password"; sudo -v; }
	@$(BIN)/python -m tests.reliability.run

test-fast: setup ## the tests that need no Samba
	@$(PYTEST) -m "not live" $(TESTS)

format: setup ## put the code into its one format
	@$(BIN)/ruff check --select I --fix --quiet .
	@$(BIN)/ruff format .

lock: setup ## renew requirements/*.txt after a change of pyproject.toml (UPGRADE=1: newest versions)
	@tools/lock.sh

clean: ## remove everything that was made here
	@rm -rf dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info $(VENV)
	@rm -rf build 2>/dev/null || sudo rm -rf build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
