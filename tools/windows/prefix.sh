#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a Wine prefix that shows itself as Windows 10, with stubs of three system DLLs that Wine 8 lacks. The stubs are of the
# prefix, never of a bundle: Windows has the real ones.
#
#   tools/windows/prefix.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."

prefix=$(realpath -m "$1")
stamp=$(cat "$0" tools/windows/wine.sh | sha256sum)
if [ "$(cat "$prefix/.made-of" 2>/dev/null)" = "$stamp" ]; then exit 0; fi
echo "==> Making a Wine prefix in $1"
rm -rf "$prefix"
mkdir -p "$prefix"
wine() { WINEPREFIX=$prefix tools/windows/wine.sh "$@"; }
wine wineboot -i >/dev/null
wine winecfg -v win10 >/dev/null # of its own accord Wine 8 is Windows 7
# No window manager: where none runs, Wine would wait two seconds for it whenever a window closes, or explorer.exe's icon
# in the notification area goes.
for program in python.exe explorer.exe; do
    wine reg add "HKCU\\Software\\Wine\\AppDefaults\\$program\\X11 Driver" /v Managed /d N /f >/dev/null
done

cc=x86_64-w64-mingw32-gcc-win32
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
system32=$prefix/drive_c/windows/system32
stub() { # NAME FUNCTION …: every function answers 0
    { echo "LIBRARY $1"; echo EXPORTS; printf '  %s=nothing\n' "${@:2}"; } >"$made/stub.def"
    echo 'int nothing(void) { return 0; }' >"$made/stub.c"
    $cc -shared -nostdlib -Wl,-e,0 "$made/stub.c" "$made/stub.def" -o "$system32/$1.dll"
}
# For Qt: colour profiles, and the converters of the ICU that is part of Windows 10.
stub mscms GetColorProfileFromHandle CloseColorProfile WcsCreateIccProfile OpenColorProfileW
converters=(open close reset getMaxCharSize getName getToUCallBack getFromUCallBack setToUCallBack setFromUCallBack
    cbToUWriteUChars cbFromUWriteUChars toUnicode fromUnicode toUCountPending fromUCountPending getStandardName
    getAvailableName countAvailable)
stub icuuc UCNV_{FROM,TO}_U_CALLBACK_SUBSTITUTE "${converters[@]/#/ucnv_}"
# For what is written in Rust (cryptography, pydantic): random numbers.
cat >"$made/random.c" <<'C'
#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length); /* RtlGenRandom */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, length); }
C
$cc -shared -O2 -s "$made/random.c" -ladvapi32 -o "$system32/bcryptprimitives.dll"
echo "$stamp" >"$prefix/.made-of"
