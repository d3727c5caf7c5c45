"""What every tracked file keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGE_INDEXES = re.compile(
    rb"pypi\.(?:org|python)|pythonhosted\.org|registry\.(?:npmjs|yarnpkg)|npmjs\.(?:org|com)/"
    rb"|--(?:extra-)?index-url[ =]",
    re.IGNORECASE,
)
NAMES_INDEXES_ITSELF = {Path("tests/architecture/test_repository.py")}


def tracked_files() -> list[Path]:
    """The files of the repository, or of the directory where it is no repository (an unpacked archive)."""
    command = ["git", "-C", str(PROJECT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [Path(name) for name in listed if (PROJECT / name).is_file()]


def test_given_the_tracked_files_when_read_then_none_names_a_package_index() -> None:
    naming = [
        str(path)
        for path in tracked_files()
        if path not in NAMES_INDEXES_ITSELF and PACKAGE_INDEXES.search((PROJECT / path).read_bytes())
    ]
    assert naming == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_given_a_lock_file_when_read_then_every_package_is_pinned_with_hashes(lock: str) -> None:
    text = (PROJECT / lock).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(entries) > 20
    assert [line for line in entries if "==" not in line or "--hash=sha256:" not in line] == []


def test_given_both_lock_files_when_compared_then_tests_run_with_the_versions_that_are_served() -> None:
    served = pinned("requirements.lock")
    tested = pinned("requirements-dev.lock")
    assert served.items() <= tested.items()


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / lock).read_text(), re.MULTILINE))


def test_given_ci_when_it_runs_then_it_calls_make_test() -> None:
    lines = (PROJECT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec make test"
