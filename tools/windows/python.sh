#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a Windows CPython with the locked packages on Linux, to build and test the Windows executables under Wine.
# The DLLs are python.org's; python.exe and python3.dll are ours, and what is written in Python is the same on every
# system and comes from the interpreter at hand. A release is built on Windows with python.org's own installation.
#
# What the tests need lies apart in FOLDER/test-packages, so that a bundle can't contain any of it: PYTHONPATH adds it.
#
#   tools/windows/python.sh FOLDER UV      UV: the uv to install with; the Linux interpreter is the one beside it
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/windows/versions.sh

out=$1
uv=$2
python=$(dirname "$uv")/python
ask_python() { "$python" -c "import platform, sys, sysconfig; print($1)"; }

minor=$(ask_python '"%d.%d" % sys.version_info[:2]')
found=$(windows_python "$minor") || {
    echo "make: no Windows CPython $minor is known here; name another interpreter: PYTHON=python3.11" >&2
    exit 1
}
read -r version wheel sha256 <<<"$found"
tag=cp${minor/./}

stamp="$version $(ask_python 'platform.python_version()') $(cat "$0" tools/windows/versions.sh requirements/{package,dev}.txt | sha256sum)"
if [ "$(cat "$out/.made-of" 2>/dev/null)" = "$stamp" ]; then exit 0; fi
echo "==> Making a Windows CPython $version with the locked packages in $out (a minute)"
[ "$version" = "$(ask_python 'platform.python_version()')" ] ||
    echo "    Its standard library is that of $(ask_python 'platform.python_version()'): good for trying, not for a release."

rm -rf "$out"
mkdir -p "$out/DLLs"
downloads=$(dirname "$out")/downloads
# The pip beside uv: Debian's own Python has none.
"$(dirname "$uv")/pip" --disable-pip-version-check download --quiet --no-deps --platform win_amd64 \
    --python-version "$minor" --only-binary=:all: --dest "$downloads" "panda3d==$wheel"
archive=$downloads/panda3d-$wheel-$tag-$tag-win_amd64.whl
echo "$sha256  $archive" | sha256sum --quiet --check

cp -r "$(ask_python 'sysconfig.get_path("stdlib")')" "$out/Lib"
rm -rf "$out"/Lib/{site-packages,dist-packages,lib-dynload,test,idlelib,config-*,_sysconfigdata*}
find "$out/Lib" -name __pycache__ -prune -exec rm -rf {} +
mkdir -p "$out/Lib/site-packages"
unzip -qoj "$archive" 'deploy_libs/*' -x '*/api-ms-*' '*/tcl86t.dll' '*/tk86t.dll' '*/_tkinter.pyd' -d "$out/DLLs"
dll=python${minor/./}.dll
mv "$out/DLLs/$dll" "$out/DLLs"/VCRUNTIME140.dll "$out/"

cc=x86_64-w64-mingw32-gcc-win32
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cat >"$made/python.c" <<'C'
#include <wchar.h>
__declspec(dllimport) int Py_Main(int, wchar_t **);
int wmain(int count, wchar_t **words) { return Py_Main(count, words); }
C
$cc -municode -O2 -s "$made/python.c" "$out/$dll" -o "$out/python.exe"
# The stable ABI, which PySide6 and cryptography import: every name is forwarded to the DLL of this version.
{
    echo 'LIBRARY python3.dll'
    echo EXPORTS
    x86_64-w64-mingw32-objdump -p "$out/$dll" | sed -n '/\[Ordinal\/Name Pointer\]/,/^$/p' |
        grep -oE '[A-Za-z_][A-Za-z0-9_]*$' | grep -E '^_?Py' | sed "s/.*/  & = python${minor/./}.&/"
} >"$made/python3.def"
$cc -shared -nostdlib -s -Wl,-e,0 "$made/python3.def" -o "$out/python3.dll"

install() { # REQUIREMENTS FOLDER
    # uv, because pip judges the markers of packages (sys_platform == "win32") by the system that it runs on.
    "$uv" pip install --quiet --python "$(command -v "$python")" --python-platform x86_64-pc-windows-msvc \
        --python-version "$minor" --only-binary :all: --require-hashes -r "$1" --target "$2"
}
install requirements/package.txt "$out/Lib/site-packages"
install requirements/dev.txt "$out/test-packages"
echo "$stamp" >"$out/.made-of"
