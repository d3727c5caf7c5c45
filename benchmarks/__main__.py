"""`python -m benchmarks`: growth with size, expressions, the server beside its floor on both databases and a peer."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks import beside, databases, expressions, growth, report
from benchmarks.databases import Database
from benchmarks.measure import Bench, Options
from benchmarks.models import REFERENCES, executed
from benchmarks.processes import calibrate

_SMOKE = Options(rounds=1, seconds=0.2, clients=2, grown=20, weighed=20)
_DATABASES = ("postgresql", "sqlite")
_PROCESSES = tuple(reference.key for reference in REFERENCES)
_AGE, _GROWTH, _EXPRESSIONS, _DECISION, _BESIDE = "age", "growth", "expressions", "decision", "peer"
_EVERYTHING = (*_PROCESSES, _AGE, _GROWTH, _EXPRESSIONS, _DECISION, _BESIDE)


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Options.rounds, help="interleaved rounds (%(default)s)")
    parser.add_argument("--seconds", type=float, default=Options.seconds, help="of each measurement (%(default)s)")
    parser.add_argument("--clients", type=int, default=Options.clients, help="at once (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=_EVERYTHING, help="these reference processes and rounds")
    parser.add_argument("--database", choices=_DATABASES, help="only this one")
    parser.add_argument("--peer", default="", help="the dialect's address of a peer that `make peer` started")
    parser.add_argument("--warmed", type=int, default=beside.WARMED, help="instances run before (%(default)s)")
    parser.add_argument("--smoke", action="store_true", help="a few seconds, only to see that everything works")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> None:
    asked = options(arguments)
    how = Options(rounds=asked.rounds, seconds=asked.seconds, clients=asked.clients)
    only = tuple(asked.only or _EVERYTHING)
    if _GROWTH in only:
        growth.main(growth.SMOKE if asked.smoke else growth.Table())
    if _EXPRESSIONS in only:
        expressions.main()
    for name in [asked.database] if asked.database else _DATABASES:
        if {*_PROCESSES, _AGE, _DECISION} & {*only}:
            measure(name, _SMOKE if asked.smoke else how, only)
    if asked.peer and _BESIDE in only:
        measure_beside(asked.peer, _SMOKE if asked.smoke else how, asked.warmed)


def measure(name: str, how: Options, only: tuple[str, ...]) -> None:
    """Measure on one database, and print what was found."""
    directory = Path(tempfile.mkdtemp(prefix="throughline-bench-"))
    database: Database = (databases.SQLite if name == "sqlite" else databases.PostgreSQL)(directory)
    # The clients live in a process of their own, so that what they cost is not counted.
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        bench = Bench(database, executor, how, directory)
        try:
            _run(bench, only)
        finally:
            bench.stop()
    finally:
        executor.shutdown()
        database.stop()
    asked = [reference for reference in REFERENCES if reference.key in only]
    print("\n".join(report.lines(bench.measured, asked)), end="\n\n", flush=True)


def measure_beside(base: str, how: Options, warmed: int) -> None:
    """Measure beside a peer, and print what was found."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        bench = beside.measure(base, executor, how, warmed)
    print("\n".join(beside.lines(bench, warmed)), end="\n\n", flush=True)


def _run(bench: Bench, only: tuple[str, ...]) -> None:
    bench.start()
    references = [reference for reference in executed() if reference.key in only]
    for reference in references:
        bench.deploy(reference)
        bench.warm_up(reference)
    for number in range(bench.options.rounds):
        bench.measured.calibration.append(calibrate())
        for reference in references:
            bench.round(reference, number)
    for reference in references:
        bench.weigh(reference)
    bench.count_statements(references)
    if _AGE in only:
        bench.grow()
    if _DECISION in only:
        bench.decide()


if __name__ == "__main__":
    main(sys.argv[1:])
