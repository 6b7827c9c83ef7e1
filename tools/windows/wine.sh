#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a Windows program under Wine and leaves its exit code. Its three streams are pipes: with a file for one of them
# Python stops under Wine 8 ("init_sys_streams … invalid handle").
#
#   tools/windows/wine.sh PROGRAM [ARGUMENT …]     WINEPREFIX: which prefix, WINE_SECONDS: how long it may take
set -euo pipefail
export WINEPREFIX=${WINEPREFIX:-$PWD/build/windows/prefix} WINEARCH=win64 WINEDEBUG=${WINEDEBUG:--all}
export WINEDLLOVERRIDES="mscoree,mshtml=;mscms,icuuc,bcryptprimitives=n"
echo | timeout --kill-after=10 "${WINE_SECONDS:-600}" /usr/lib/wine/wine64 "$@" 2>&1 | cat
exit "${PIPESTATUS[1]}"
