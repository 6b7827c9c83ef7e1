# SPDX-License-Identifier: MIT
"""What holds of the packaged program: `make test-package` for Linux, `make test-package-windows` under Wine.

Not part of `make test`, which has no package; `JIT_BUNDLE` says which one is looked at.
"""
