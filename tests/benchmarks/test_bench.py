"""The measurement works; what it measures is nobody's promise here."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.processes import ROOT


def test_a_short_measurement_prints_every_figure() -> None:
    command = [sys.executable, "-m", "benchmarks", "--smoke", "--database", "sqlite"]
    command += ["--only", "a", "e", "age", "growth", "decision", "expressions"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for said in (
        "first answer after",
        "calibration loop",
        "a: one user task",
        "e: ",
        "of the floor",
        "dialect beside",
        "at turn 20",
        "a table of 1,000 rules",
        "kept in the history",
        "amount > 1000 and approved",
        "takes more than 500,000 steps",
    ):
        assert said in done.stdout
