#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Takes the pictures of README.md and docs/guide.md anew, from the real windows on the demo domain.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf build/pictures
QT_QPA_PLATFORM=offscreen "${VENV:-.venv}/bin/jit-desktop" tour --out build/pictures --scheme light
mkdir -p docs/pictures
rm -f docs/pictures/*.png
for picture in build/pictures/*.png; do
    name=$(basename "$picture" .png)
    cp "$picture" "docs/pictures/${name#[0-9][0-9]-}.png"
done
echo "==> The pictures are in docs/pictures"
