# SPDX-License-Identifier: MIT
"""Writes the notes of a release: what is new, whether it is signed, and how a download is checked.

python -m tools.bundle.notes TAG                fails where the tag is not the program's version
python -m tools.bundle.notes TAG --signed true  prints the notes
"""

from __future__ import annotations

import argparse
import os
import re
import sys

from tools.bundle.wrap import ROOT, version

SIGNED = "The setup program and the programs for Windows are signed, with a time stamp."
UNSIGNED = (
    "**The setup program and the programs for Windows are not signed**: no certificate was configured when"
    " they were built. Windows warns before it opens them. Check them as below first."
)
CHECKING = """\
`SHA256SUMS` has the checksums of all files (`sha256sum --check SHA256SUMS`, or `Get-FileHash FILE`).
`gh attestation verify FILE --repo {repository}` shows from which commit, and by which workflow, it was built.
The `.cdx.json` files list what is in each package (CycloneDX)."""


def main() -> int:
    """Check the tag of the arguments, and print the notes where they are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tag")
    parser.add_argument("--signed", choices=("true", "false"))
    options = parser.parse_args()
    try:
        changes = of_version(check_tag(options.tag), (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    except ValueError as why:
        parser.error(str(why))
    if options.signed is not None:
        repository = os.environ.get("GITHUB_REPOSITORY", "OWNER/REPOSITORY")
        text = notes(changes, signed=options.signed == "true", repository=repository)
        sys.stdout.buffer.write(text.encode())
    return 0


def check_tag(tag: str) -> str:
    """The version that ``tag`` stands for; :class:`ValueError` where it is not the program's."""
    if tag != f"v{version()}":
        raise ValueError(f"the tag {tag} is not v{version()}, the version of the program")
    return version()


def of_version(number: str, changelog: str) -> str:
    """What the changelog says of ``number``; :class:`ValueError` where it has no section for it."""
    heading = re.compile(rf"^## \[{re.escape(number)}\].*$", re.MULTILINE)
    start = heading.search(changelog)
    if start is None:
        raise ValueError(f"CHANGELOG.md has no section [{number}]")
    return re.split(r"^## |^\[.+\]: ", changelog[start.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()


def notes(changes: str, *, signed: bool, repository: str) -> str:
    """The text of the release, in Markdown."""
    checking = CHECKING.format(repository=repository)
    return f"{SIGNED if signed else UNSIGNED}\n\n{changes}\n\n### Check what you downloaded\n\n{checking}\n"


if __name__ == "__main__":
    sys.exit(main())
