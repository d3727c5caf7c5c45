"""What is set beside our server: a peer is only asked for where there is one, and results are compared by case."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.processes import ROOT

KIT = """
import json, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
peer = given.get("--messages") == "worker" and given["--settle"] == "10"
results = [
    {"group": "joins", "name": "and", "status": "pass"},
    {"group": "joins", "name": "or", "status": "fail" if peer else "pass"},
    {"group": "loops", "name": "while", "status": "pass" if peer else "not deployed"},
]
open(given["--json"], "w").write(json.dumps({"results": results}))
print("measured", given["--base"], given["--suite"])
"""


def test_given_neither_java_nor_maven_when_a_peer_is_asked_for_then_what_is_missing_is_said(tmp_path: Path) -> None:
    done = run("benchmarks.peers", path=str(tmp_path))
    assert done.returncode == 2
    assert "Maven 3.8 or newer and a JDK of version 17 or newer" in done.stderr


@pytest.mark.parametrize("base", ["http://127.0.0.1:1/engine-rest", "http://example.org/engine-rest"])
def test_given_no_peer_of_ours_at_an_address_when_it_is_to_be_measured_then_that_is_refused(base: str) -> None:
    with pytest.raises(SystemExit, match="No peer that `make peer` started"):
        peers.at(base)


def test_given_two_servers_when_suites_are_run_then_the_cases_in_which_they_differ_are_listed(tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__main__.py").write_text(KIT)
    addresses = ["--base", "http://first", "--peer", "http://second"]
    done = run("scripts.conformance", str(tmp_path), "--suite", "betsy", "tokensim", *addresses)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for suite in ("betsy", "tokensim"):
        assert f"measured http://first {suite}" in lines
        assert f"measured http://second {suite}" in lines
    for line in ("joins 2 2 1", "loops 1 0 1", "all 3 2 2"):
        assert lines.count(line) == 2
    assert lines.count("joins/or: server pass, peer fail") == 2
    assert lines.count("loops/while: server not deployed, peer pass") == 2
    assert not [line for line in lines if line.startswith("joins/and:")]


def test_given_a_server_that_does_not_answer_when_suites_are_run_then_the_exit_status_says_so(tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__main__.py").write_text("raise SystemExit('no server answers')")
    done = run("scripts.conformance", str(tmp_path), "--base", "http://first", "--peer", "http://second")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def run(module: str, *arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    """What a program of the project prints."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
