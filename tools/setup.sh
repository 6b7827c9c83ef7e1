#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Brings a Debian or Ubuntu machine to the point where `make demo` (setup.sh run), `make test` (dev), `make package`
# (package) or `make package-windows` (windows-on-linux) works: Debian packages that are missing, then a virtual
# environment with exactly the locked packages of requirements/PURPOSE.txt. What is there already is left alone, so
# calling it again costs nothing.
#
#   tools/setup.sh PURPOSE      PYTHON=python3.13 chooses the interpreter, VENV=.venv the environment's folder
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:?run, dev, package or windows-on-linux}
venv=${VENV:-.venv}

say() { printf '==> %s\n' "$*"; }
fail() { printf 'make: %s\n' "$@" >&2; exit 1; }

# ------------------------------------------------------------------------------------------------ Python

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer."
        command -v "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found." \
        "Install it (Debian 12 and Ubuntu 24.04 have it as python3), or name it: make test PYTHON=/path/to/python3"
}

# ---------------------------------------------------------------------------------------- Debian packages

missing=()

# The tests are for the thing itself and not for the package, so that other ways of having it count too.
library() { has_library "$1" || missing+=("$2"); }
program() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || missing+=("$2"); }
file() { compgen -G "$1" >/dev/null || missing+=("$2"); }

libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null || true)
has_library() { [[ $libraries == *"$1 "* ]]; }

ask_python() { "$python" -c "import sys, sysconfig; print($1)"; }

look_for_environment_package() {
    # Debian and Ubuntu keep what venv needs in a package of its own.
    "$python" -c 'import ensurepip' 2>/dev/null || missing+=("$(ask_python '"python3.%d-venv" % sys.version_info.minor')")
}

look_for_window_packages() {
    library libEGL.so.1 libegl1
    library libGL.so.1 libgl1
    library libdbus-1.so.3 libdbus-1-3
    library libfontconfig.so.1 libfontconfig1
    library libglib-2.0.so.0 libglib2.0-0
    library libxkbcommon.so.0 libxkbcommon0
    library libxcb-cursor.so.0 libxcb-cursor0
    library libxkbcommon-x11.so.0 libxkbcommon-x11-0
    library libxcb-icccm.so.4 libxcb-icccm4
    library libxcb-keysyms.so.1 libxcb-keysyms1
    library libxcb-shape.so.0 libxcb-shape0
    file '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' fonts-dejavu-core
    file '/usr/share/fonts/*/*/Inter*' fonts-inter
}

look_for_test_packages() {
    program samba samba
    program samba-tool samba-common-bin
    program ldbmodify ldb-tools
    program tdbbackup tdb-tools
    program kinit krb5-user
    program krb5-config libkrb5-dev
    program gcc gcc
    program Xvfb xvfb
    program xauth xauth
    file '/usr/lib/*/libnss_wrapper.so' libnss-wrapper
    file '/usr/lib/*/libresolv_wrapper.so' libresolv-wrapper
    file '/usr/share/samba/setup/ad-schema/*' samba-ad-provision
    file '/usr/lib/*/samba/ldb/samba_dsdb.so' samba-dsdb-modules
    file '/usr/lib/*/samba/vfs/acl_xattr.so' samba-vfs-modules
    file '/usr/lib/python3/dist-packages/samba/__init__.py' python3-samba
    # From Debian 13 and Ubuntu 24.10 on the domain controller is a package of its own.
    file '/usr/lib/*/samba/service/ldap.so' samba-ad-dc
    file "$(ask_python 'sysconfig.get_path("include")')/Python.h" "$(ask_python '"python3.%d-dev" % sys.version_info.minor')"
}

look_for_package_packages() {
    # The Linux bundle is checked on a screen; what is missing when it is made would be left out of it.
    program objdump binutils
    program krb5-config libkrb5-dev
    program gcc gcc
    file "$(ask_python 'sysconfig.get_path("include")')/Python.h" "$(ask_python '"python3.%d-dev" % sys.version_info.minor')"
    look_for_screen_packages
}

look_for_screen_packages() {
    # A screen that nobody sees, and what looks at it.
    program Xvfb xvfb
    program xauth xauth
    program xdotool xdotool
    program import imagemagick
}

look_for_windows_packages() {
    file /usr/lib/wine/wine64 wine64
    program x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32
    program makensis nsis
    program unzip unzip
    look_for_screen_packages
}

install_missing() {
    local root=() log=build/apt.log
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail \
        "These are missing, and there is no apt-get here to install them (Debian's names): ${missing[*]}" \
        "Install what your system calls them, then run this again."
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail \
            "These packages are missing: ${missing[*]}" \
            "There is neither root nor sudo here. Have them installed: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    say "Installing Debian packages: ${missing[*]}"
    mkdir -p build
    local had_samba=yes
    command -v smbd >/dev/null || [ -e /usr/sbin/smbd ] || had_samba=no
    "${root[@]}" apt-get update -q >"$log" 2>&1 || say "apt-get update failed (see $log); trying with the lists there are"
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "${missing[@]}" \
        >>"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        fail "apt-get could not install: ${missing[*]} (the whole output is in $log)"
    }
    if [ "$had_samba" = no ] && [ -d /run/systemd/system ]; then
        # The tests start a domain controller of their own; nobody asked for a file server.
        "${root[@]}" systemctl disable --now --quiet smbd nmbd winbind samba-ad-dc 2>/dev/null || true
    fi
}

# ------------------------------------------------------------------------------------- virtual environment

pip() { "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
checksum() { cat "$@" | sha256sum | cut -d' ' -f1; }
is_stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

make_environment() {
    local lock=requirements/$purpose.txt
    # An environment for development serves to run the program as well.
    [ "$purpose" = run ] && [ -e "$venv/.locked-dev" ] && purpose=dev lock=requirements/dev.txt
    local locked installed
    locked="$(checksum "$lock") $(ask_python 'sys.base_prefix, *sys.version_info[:3]')"
    installed="$locked $(checksum pyproject.toml jit_desktop/__init__.py)"
    if ! is_stamped "$venv/.locked-$purpose" "$locked"; then
        say "Making the virtual environment $venv with the packages of $lock (a minute or two)"
        "$python" -m venv --clear "$venv"
        pip install --require-hashes -r "$lock"
        echo "$locked" >"$venv/.locked-$purpose"
    fi
    # The tools for Windows have an environment apart, in which the program is not.
    [ "$purpose" = windows-on-linux ] && return
    if ! is_stamped "$venv/.installed" "$installed"; then
        pip install --no-deps --no-build-isolation --no-index -e .
        echo "$installed" >"$venv/.installed"
    fi
}

mkdir -p build
python=$(find_python)
look_for_environment_package
case $purpose in
    run) look_for_window_packages ;;
    dev) look_for_window_packages; look_for_test_packages ;;
    package) look_for_window_packages; look_for_package_packages ;;
    windows-on-linux) look_for_windows_packages ;;
    *) fail "Unknown purpose: $purpose" ;;
esac
install_missing
make_environment
