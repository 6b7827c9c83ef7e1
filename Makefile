# SPDX-License-Identifier: MIT
# Two commands do everything, set-up included:  make demo   and   make test
# Another interpreter: make test PYTHON=python3.13 VENV=.venv313

PYTHON ?=
VENV ?= .venv
# Two more than there are processors: tests wait more than they work.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 2)
PYTEST_ARGS ?=
TESTS ?= tests
MUTATE_ARGS ?=
export PYTHON VENV

BIN = $(VENV)/bin
# Each worker has a domain controller of its own. One that is done takes what another one has left.
PYTEST = $(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=4 --dist=worksteal $(PYTEST_ARGS)
ASK_FOR_ROOT = [ "$$(id -u)" -eq 0 ] || { echo "==> Samba needs root; sudo may ask for your password"; sudo -v; }
TOUR = build/tour
# Each in an environment of its own: nothing but what goes into the package, and what makes it.
PACKAGE_VENV = build/venv-package
WINDOWS_VENV = build/venv-windows
WINE = WINEPREFIX=$(CURDIR)/build/windows/prefix tools/windows/wine.sh
WINDOWS_PYTHON = build/windows/python/python.exe

.DEFAULT_GOAL := help
.PHONY: help setup setup-run setup-windows demo pictures lab test reliability mutate test-fast lint format lock clean
.PHONY: package package-windows test-package test-package-windows test-windows measure-package

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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
	@$(ASK_FOR_ROOT)
	@echo "==> All tests, the real domain's among them"
	@JIT_LIVE=required $(PYTEST) $(TESTS)

reliability: setup ## the long form of the series that show the promise kept; makes docs/reliability.md
	@$(ASK_FOR_ROOT)
	@$(BIN)/python -m tests.reliability.run

mutate: setup ## take safeguards away one at a time and see what notices; makes build/mutation.json (hours)
	@$(ASK_FOR_ROOT)
	@$(BIN)/python -m tests.mutation.run $(MUTATE_ARGS)

test-fast: setup ## the tests that need no Samba
	@$(PYTEST) -m "not live" $(TESTS)

package: ## make the Linux bundle, in dist/
	@VENV=$(PACKAGE_VENV) tools/setup.sh package
	@echo "==> Making the Linux bundle"
	@$(PACKAGE_VENV)/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath dist/linux --workpath build/linux build_installer.spec
	@rm -rf dist/release-linux && $(PACKAGE_VENV)/bin/python -m tools.bundle.wrap dist/linux/jit-desktop dist/release-linux

setup-windows:
	@VENV=$(WINDOWS_VENV) tools/setup.sh windows-on-linux
	@tools/windows/python.sh build/windows/python $(WINDOWS_VENV)/bin/uv
	@tools/windows/prefix.sh build/windows/prefix

package-windows: setup-windows ## make the Windows bundle, setup program and ZIP on Linux, under Wine, in dist/
	@echo "==> Making the Windows bundle under Wine (a minute or two)"
	@WINE_SECONDS=1800 $(WINE) $(WINDOWS_PYTHON) -m PyInstaller --noconfirm --log-level ERROR --distpath dist/windows --workpath build/windows/work build_installer.spec
	@rm -rf dist/release-windows && $(WINDOWS_VENV)/bin/python -m tools.bundle.wrap "dist/windows/JIT Desktop" dist/release-windows \
		--icon build/windows/work/build_installer/app.ico

test-package: setup ## try what make package made
	@[ -d dist/linux ] || $(MAKE) package
	@echo "==> The packaged program, on Linux"
	@JIT_BUNDLE=dist/linux/jit-desktop JIT_RELEASE=dist/release-linux $(BIN)/pytest tests/packaging

# Three at once on two processors: these programs wait more than they compute.
test-package-windows: setup setup-windows ## try what make package-windows made, under Wine and on a real Samba domain
	@[ -d dist/windows ] || $(MAKE) package-windows
	@$(ASK_FOR_ROOT)
	@echo "==> The packaged program for Windows, under Wine"
	@JIT_LIVE=required JIT_BUNDLE="dist/windows/JIT Desktop" JIT_RELEASE=dist/release-windows JIT_PREFIX=build/windows/prefix \
		JIT_PYTHON=$(WINDOWS_PYTHON) $(BIN)/pytest --numprocesses=3 tests/packaging

measure-package: setup ## measure size and start of what was packaged; makes docs/package.md
	@[ -d dist/linux ] || $(MAKE) package
	@$(PACKAGE_VENV)/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath build/empty-window/linux \
		--workpath build/empty-window/work-linux tests/packaging/empty_window/empty_window.spec
	@$(BIN)/python -m tests.packaging.measure linux
	@[ -d dist/windows ] || $(MAKE) package-windows
	@$(WINE) $(WINDOWS_PYTHON) -m PyInstaller --noconfirm --log-level ERROR --distpath build/empty-window/windows \
		--workpath build/empty-window/work-windows tests/packaging/empty_window/empty_window.spec
	@$(BIN)/python -m tests.packaging.measure windows

test-windows: setup-windows ## the tests that need no Samba on Python for Windows, under Wine
	@tools/windows/tests.sh

format: setup ## put the code into its one format
	@$(BIN)/ruff check --select I --fix --quiet .
	@$(BIN)/ruff format .

lock: setup ## renew requirements/*.txt after a change of pyproject.toml (UPGRADE=1: newest versions)
	@tools/lock.sh

clean: ## remove everything that was made here
	@rm -rf dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info $(VENV)
	@rm -rf build 2>/dev/null || sudo rm -rf build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
