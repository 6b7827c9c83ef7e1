#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit, ui and contract tests on Python for Windows under Wine, with real windows on screens that nobody sees. Leaves 0 only
# where pytest came to its end and every test passed, and no Wine running.
#
# They run in two shares at once, each in a Wine and on a screen of its own: windows of one would take the focus from
# those of the other, so that pytest's workers can't be used.
#
#   tools/windows/tests.sh [ARGUMENT OF PYTEST …]     with arguments: in one share; TEST_SECONDS: how long it may take
set -euo pipefail
cd "$(dirname "$0")/../.."
export PYTHONPATH='build\windows\python\test-packages'
seconds=${TEST_SECONDS:-1800}
folder=build/windows/tests

# Files from the one that takes longest to the quickest, each to the share that has least to do. A test with windows or with a
# whole command takes about six times as long as one without, and one that starts the program ten times as long as those.
share() { # NUMBER
    find tests/unit tests/ui tests/contract -name 'test_*.py' -exec grep -c '^def test_' {} + |
        awk -F: '{ print ($1 ~ /test_program/ ? 60 : $1 ~ /ui|commands/ ? 6 : 1) * $2, $1 }' | sort -k1,1nr -k2 |
        awk -v number="$1" '{ to = all[1] <= all[2] ? 1 : 2; all[to] += $1; if (to == number) print $2 }'
}

run() ( # FOLDER ARGUMENT …
    export WINEPREFIX=$PWD/$1/prefix
    screen=
    finish() {
        timeout 60 /usr/lib/wine/wineserver64 -k || true
        timeout 60 /usr/lib/wine/wineserver64 -w || true
        [ -z "$screen" ] || kill "$screen"
    }
    trap finish EXIT
    exec 3< <(exec Xvfb -displayfd 1 -screen 0 1600x1000x24 -nolisten tcp 2>/dev/null)
    screen=$!
    read -r -t 60 number <&3 || { echo "make: Xvfb did not start" >&2; exit 1; }
    export DISPLAY=:$number
    # Twice limited: what a test has started may hold the pipes of wine.sh when its own limit has ended pytest.
    WINE_SECONDS=$seconds timeout --kill-after=10 $((seconds + 30)) tools/windows/wine.sh \
        build/windows/python/python.exe -m pytest -q --durations=8 -p no:cacheprovider -m "not live" "${@:2}"
)

echo "==> The unit, ui and contract tests on Python for Windows, under Wine"
rm -rf $folder
shares=(1 2)
[ $# -eq 0 ] || shares=(1)
for number in "${shares[@]}"; do
    mkdir -p $folder/$number
    # Links for the files of the system, which nobody writes to. The registry and what is the user's have to be copies: a
    # file that has several names is not replaced, but written into.
    cp -al build/windows/prefix $folder/$number/prefix
    for part in system.reg user.reg userdef.reg drive_c/users drive_c/ProgramData; do
        rm -r "$folder/$number/prefix/$part"
        cp -a "build/windows/prefix/$part" "$folder/$number/prefix/$part"
    done
    if [ $# -eq 0 ]; then mapfile -t tests < <(share "$number"); else tests=("$@"); fi
    run $folder/$number "${tests[@]}" >$folder/$number/output 2>&1 &
    processes[number]=$!
done
trap 'kill "${processes[@]}" 2>/dev/null || true' INT TERM
worst=0
for number in "${shares[@]}"; do
    code=0
    wait "${processes[number]}" || code=$?
    cat $folder/$number/output
    [ $code -eq 0 ] || { worst=1; echo "make: pytest left $code" >&2; }
    rm -rf $folder/$number/prefix
done
exit $worst
