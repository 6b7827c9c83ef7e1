# SPDX-License-Identifier: MIT
"""The notes of a release say what holds for its files; without a section in the changelog there is none."""

import pytest

from tools.bundle import wrap
from tools.bundle.notes import SIGNED, UNSIGNED, check_tag, notes, of_version

CHANGELOG = """# Changelog

## [Unreleased]

- Later.

## [1.2.3] - 2026-12-01

### Added

- Something.

## [1.2.30] - 2026-11-01

- Earlier.

[1.2.3]: somewhere
"""


def test_that_the_section_of_the_version_is_taken_and_no_other() -> None:
    assert of_version("1.2.3", CHANGELOG) == "### Added\n\n- Something."
    assert of_version("1.2.30", CHANGELOG) == "- Earlier."


@pytest.mark.parametrize("version", ["1.2.4", "1.2", "1.2.3.", "1x2x3"])
def test_that_there_is_no_release_without_a_section(version: str) -> None:
    with pytest.raises(ValueError, match="has no section"):
        of_version(version, CHANGELOG)


def test_that_the_tag_has_to_be_the_version() -> None:
    assert check_tag(f"v{wrap.version()}") == wrap.version()
    for tag in (wrap.version(), f"v{wrap.version()}0", "v", f"v{wrap.version()}; rm"):
        with pytest.raises(ValueError, match="is not v"):
            check_tag(tag)


def test_that_a_release_without_signatures_says_so_first() -> None:
    assert notes("- New.", signed=False, repository="a/b").startswith(UNSIGNED)
    assert notes("- New.", signed=True, repository="a/b").startswith(SIGNED)
    assert "--repo a/b" in notes("- New.", signed=True, repository="a/b")
