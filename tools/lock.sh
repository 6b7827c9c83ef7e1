#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Writes the exact versions with their hashes, for Linux and Windows and every supported Python at once.
# run.txt is what the program needs; dev.txt and package.txt are the same versions, and besides what the tests need, or what
# makes the executables. The others never share an environment with the program.
set -euo pipefail
cd "$(dirname "$0")/.."

locker=build/lock-venv
if [ ! -x "$locker/bin/uv" ]; then
    "${VENV:-.venv}/bin/python" -m venv "$locker"
    "$locker/bin/pip" install --quiet --disable-pip-version-check uv
fi

options=(--universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet)
[ -n "${UPGRADE:-}" ] && options+=(--upgrade)
"$locker/bin/uv" pip compile "${options[@]}" --group build pyproject.toml -o requirements/run.txt
"$locker/bin/uv" pip compile "${options[@]}" --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
"$locker/bin/uv" pip compile "${options[@]}" --group package -c requirements/dev.txt pyproject.toml -o requirements/package.txt
"$locker/bin/uv" pip compile "${options[@]}" --group windows-on-linux -o requirements/windows-on-linux.txt
"$locker/bin/uv" pip compile "${options[@]}" --group release -o requirements/release.txt
echo "==> Locked: $(grep -c '^[a-z]' requirements/run.txt) packages to run, $(grep -c '^[a-z]' requirements/dev.txt) to develop"
