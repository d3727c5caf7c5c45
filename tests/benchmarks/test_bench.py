"""The measurement works; what it measures is nobody's promise here."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.processes import ROOT


def test_a_short_measurement_prints_every_figure() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--smoke",
        "--database",
        "sqlite",
        "--only",
        "a",
        "e",
        "growth",
        "decision",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    titles = ("first answer after", "calibration loop", "a: one user task", "e: ", "of the floor", "at turn 20")
    for said in (*titles, "a table of 1,000 rules", "kept in the history"):
        assert said in done.stdout
