#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Shows the program on its embedded domain: in a window where there is a screen, else as pictures of every step.
set -euo pipefail
pictures=$1
program=${VENV:-.venv}/bin/jit-desktop

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "==> Opening JIT Desktop on its demo domain (close the window to end)"
    exec "$program" --demo
fi
echo "==> There is no screen here: driving the real windows through the whole job and photographing each step"
QT_QPA_PLATFORM=offscreen "$program" tour --out "$pictures"
echo "==> The pictures are in $(cd "$pictures" && pwd)"
