# SPDX-License-Identifier: MIT
"""How it is shown that no elevation outlives its deadline: series of cases, short in the tests and long in
`make reliability`.
"""
