"""What the README promises a newcomer, typed as it stands there."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server import ROOT, RunningServer

ADDRESS = "http://127.0.0.1:8080"


def curl_lines() -> list[str]:
    """The README's lines for a shell, in order."""
    return [
        line.strip() for line in (ROOT / "README.md").read_text().splitlines() if ADDRESS in line and "curl" in line
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_given_a_server_that_make_run_starts_when_the_readmes_lines_are_typed_then_a_process_runs_to_its_end(
    tmp_path: Path,
) -> None:
    lines = curl_lines()
    assert len(lines) == 4
    with RunningServer(f"sqlite:///{tmp_path / 'throughline.db'}", "run") as server:
        script = "\n".join(["set -e", *(f"{line}; echo" for line in lines)]).replace(ADDRESS, server.address)
        typed = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    deployed, started, completed, history = (line for line in typed.stdout.splitlines() if line)
    assert json.loads(deployed)["processDefinitions"][0]["key"] == "leave-request"
    assert re.fullmatch(r"started [0-9a-f-]{36}", started)
    assert json.loads(completed)["state"] == "completed"
    kinds = [entry["kind"] for entry in json.loads(history)["items"]]
    assert kinds[0] == "start-process-instance"
    assert kinds[-1] == "process-ended"


def test_given_a_database_that_is_there_when_it_is_started_again_then_it_is_up_in_under_three_seconds(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'throughline.db'}"
    with RunningServer(url, "run") as server:
        assert len(server.client.get("/process-definitions").json()["items"]) == 4
    # Not what the clock on the wall says: other tests run beside this one.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with RunningServer(url, "run") as server:
        assert server.client.get("/health").json()["status"] == "up"
        assert len(server.client.get("/process-definitions").json()["items"]) == 4
        said = "".join(server.lines)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
    assert "examples deployed: all as they were" in said
    assert f"{server.address}/docs" in said
