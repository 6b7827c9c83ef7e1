# SPDX-License-Identifier: MIT
"""The workflows of GitHub, which run where nothing of this can be tried: what may never get into them.

They are read as text, line by line, and written so that this is enough.
"""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bundle import sbom, wrap

FOLDER = Path(".github", "workflows")
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
RELEASE = (FOLDER / "release.yml").read_text(encoding="utf-8")

_PINNED = re.compile(r"uses: (?P<action>[\w.-]+/[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
_OUR_OWN = re.compile(r"uses: \./\.github/workflows/[\w-]+\.yml( #.*)?$", re.MULTILINE)

each = pytest.mark.parametrize("file", WORKFLOWS, ids=[file.stem for file in WORKFLOWS])


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def blocks(text: str, heading: str) -> Iterator[str]:
    """The text of every line that matches ``heading``, with the lines that are indented further than it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not re.match(heading, line):
            continue
        indent = len(line) - len(line.lstrip(" -"))
        block = [line]
        for following in lines[number + 1 :]:
            if following.strip() and len(following) - len(following.lstrip()) <= indent:
                break
            block.append(following)
        yield "\n".join(block)


def steps(text: str) -> list[str]:
    """Each step of all jobs."""
    parts = re.split(r"^      - ", text, flags=re.MULTILINE)[1:]
    return [re.split(r"\n {0,5}\S", part, maxsplit=1)[0] for part in parts]


def jobs(text: str) -> dict[str, str]:
    """Each job by its name."""
    parts = re.split(r"^  ([\w-]+):$", text[text.index("\njobs:\n") :], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_that_they_are_found_and_read() -> None:
    assert [file.stem for file in WORKFLOWS] == ["ci", "release"]
    assert set(jobs(RELEASE)) == {
        "tag",
        "build",
        "sign-programs",
        "setup",
        "sign-setup",
        "try-setup",
        "draft",
    }
    assert len(steps(RELEASE)) > 20


@each
def test_that_every_action_is_pinned_to_a_commit_and_says_its_version(file: Path) -> None:
    used = [line.strip() for line in text_of(file).splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert used
    loose = [line for line in used if not _PINNED.search(line) and not _OUR_OWN.search(line)]
    assert loose == []


def test_that_an_action_has_one_version_everywhere() -> None:
    pinned: dict[str, set[str]] = {}
    for file in WORKFLOWS:
        for line in text_of(file).splitlines():
            if found := _PINNED.search(line):
                pinned.setdefault(found["action"], set()).add(found[0])
    assert {action for action, versions in pinned.items() if len(versions) > 1} == set()


@each
def test_that_strangers_get_no_rights(file: Path) -> None:
    assert "pull_request_target" not in text_of(file)
    assert "workflow_run" not in text_of(file)
    assert "self-hosted" not in text_of(file)


@each
def test_that_nothing_is_put_into_a_command_by_the_template(file: Path) -> None:
    """A branch, a title or a tag could carry a command of its own; `env` hands it over as mere text."""
    commands = list(blocks(text_of(file), r"\s*(- )?run: "))
    assert commands
    assert [command for command in commands if "${{" in command] == []


@each
def test_that_rights_are_given_to_jobs_and_one_by_one(file: Path) -> None:
    text = text_of(file)
    assert "\npermissions: {}\n" in text
    assert "write-all" not in text
    assert "read-all" not in text
    for name, job in jobs(text).items():
        assert "\n    permissions:\n" in job, name


def test_that_only_the_draft_may_write_and_only_what_signs_is_known_to_others() -> None:
    assert re.findall(r"contents: write", text_of(FOLDER / "ci.yml")) == []
    may_write = {name for name, job in jobs(RELEASE).items() if "contents: write" in job}
    has_token = {name for name, job in jobs(RELEASE).items() if "id-token: write" in job}
    assert may_write == {"draft"}
    assert has_token == {"draft", "sign-programs", "sign-setup"}
    for name in has_token:
        for others in ("pip install", "bundle.trial", "self-test", " tour"):
            assert others not in jobs(RELEASE)[name], "code of others next to the right to sign"


@each
def test_that_no_checkout_leaves_credentials(file: Path) -> None:
    checkouts = [step for step in steps(text_of(file)) if "actions/checkout@" in step]
    assert checkouts
    assert [step for step in checkouts if "persist-credentials: false" not in step] == []


@each
def test_that_every_job_ends_some_time(file: Path) -> None:
    for name, job in jobs(text_of(file)).items():
        assert "timeout-minutes:" in job or _OUR_OWN.search(job), name


@each
def test_that_packages_are_installed_as_locked(file: Path) -> None:
    commands = re.findall(r"pip install .*", text_of(file))
    assert [
        line
        for line in commands
        if "--require-hashes" not in line and not re.search(r"--no-deps.*--no-index", line)
    ] == []
    named = set(re.findall(r"requirements/[\w.-]+", text_of(file)))
    assert all(Path(name).is_file() for name in named)


def test_that_signing_waits_for_a_certificate() -> None:
    about = [step for step in steps(RELEASE) if re.search(r"azure/|signing (list|verify)", step)]
    assert len(about) == 7
    assert [step for step in about if "if: vars.SIGNING_PROFILE != ''" not in step] == []


def test_that_what_is_signed_has_a_time_stamp_and_is_verified_before_it_goes_on() -> None:
    signing = [step for step in steps(RELEASE) if "azure/artifact-signing-action@" in step]
    assert len(signing) == 2
    assert all("timestamp-rfc3161: http" in step for step in signing)
    for name in ("sign-programs", "sign-setup"):
        job = jobs(RELEASE)[name]
        order = [
            job.index(words) for words in ("artifact-signing-action@", "signing verify", "upload-artifact@")
        ]
        assert order == sorted(order)


def test_that_programs_are_signed_before_they_are_wrapped_and_setup_after() -> None:
    lines = {name: re.findall(r"^    needs: (.+)$", job, re.MULTILINE) for name, job in jobs(RELEASE).items()}
    needs = {name: re.findall(r"[\w-]+", " ".join(found)) for name, found in lines.items()}
    assert needs == {
        "tag": [],
        "build": ["tag"],
        "sign-programs": ["build"],
        "setup": ["sign-programs"],
        "sign-setup": ["setup"],
        "try-setup": ["sign-setup"],
        "draft": ["sign-setup", "try-setup"],
    }
    assert "bundle.wrap" in jobs(RELEASE)["setup"]


def test_that_an_unsigned_release_says_so() -> None:
    assert "signed: ${{ steps.verified.outcome == 'success' }}" in jobs(RELEASE)["sign-setup"]
    assert "SIGNED: ${{ needs.sign-setup.outputs.signed }}" in jobs(RELEASE)["draft"]
    assert '--signed "$SIGNED"' in jobs(RELEASE)["draft"]


def test_that_results_are_called_as_the_tools_call_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nsis(*_: object, **__: object) -> None: ...

    monkeypatch.setattr("subprocess.run", nsis)
    (tmp_path / "bundle").mkdir()
    parts = {"system": "Linux", "machine": "x86_64"}
    made = {
        wrap.setup_program(tmp_path / "bundle", tmp_path / "app.ico", tmp_path).name,
        wrap.zip_archive(tmp_path / "bundle", tmp_path).name,
        f"jit-desktop-{wrap.version()}-linux-x86_64.tar.gz",
        sbom.file_name(parts),
        sbom.file_name(parts | {"system": "Windows"}),
    }
    for file in WORKFLOWS:
        for pattern in re.findall(r"(?:JIT-Desktop|jit-desktop)-\*[\w.*-]+", text_of(file)):
            assert fnmatch.filter(made, pattern), f"{file.name} looks for {pattern}"
    patterns = set(re.findall(r"(?:JIT-Desktop|jit-desktop)-\*[\w.*-]+", jobs(RELEASE)["draft"]))
    missed = {name for name in made if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)}
    assert missed == set(), "the draft has to miss each file that is not there"


def test_that_every_artifact_that_is_taken_was_left_by_a_job_before() -> None:
    ci = text_of(FOLDER / "ci.yml")
    left: set[str] = set()
    for image in re.findall(r"windows-20\d\d", ci):
        left |= {f"programs-{image}", f"pictures-{image}"}
    for text in (ci, RELEASE):
        for step in steps(text):
            name = re.search(r"^          name: (\S+)$", step, re.MULTILINE)
            if name is None:
                continue
            if "download-artifact@" in step:
                assert name[1] in left, name[1]
            elif "${{" not in step:
                assert name[1] not in left, f"{name[1]} would be left twice"
                left.add(name[1])
