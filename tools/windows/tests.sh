#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit and ui tests on Python for Windows under Wine, with windows on a screen that nobody sees.
set -euo pipefail
cd "$(dirname "$0")/../.."
echo "==> The unit and ui tests on Python for Windows, under Wine"
export PYTHONPATH='build\windows\python\test-packages'
WINEPREFIX=$PWD/build/windows/prefix WINE_SECONDS=1500 tools/windows/wine.sh \
    build/windows/python/python.exe -m pytest -q -p no:cacheprovider -m "not live" "${@:-tests/unit}"
