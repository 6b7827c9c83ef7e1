# SPDX-License-Identifier: MIT
# Where the Windows CPython comes from; sourced. The panda3d wheels carry python.org's own DLLs and extension modules,
# unchanged, for a purpose like ours. By the minor version of the Linux CPython whose standard library goes with them: the
# version of CPython in the wheel, the version of the wheel, its SHA-256.
windows_python() {
    case $1 in
        3.11) echo 3.11.7 1.10.14 1ddf01040b9c5497fb8659e3c5ef793a26c869cfdfb1b75e6d04d6fba0c03b73 ;;
        3.12) echo 3.12.10 1.10.16 f6493e2ecc0d1b7c1556a999556e5278cbc9484fe5fe1e159a1ccc02b870b18f ;;
        3.13) echo 3.13.11 1.10.16 0e505261bb58d8402d0099c291f1a3459acfdd38f3e7d666e72aa2e1ea5dc46f ;;
        *) return 1 ;;
    esac
}
