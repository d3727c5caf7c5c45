"""The table that is printed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator

from benchmarks.measure import DIALECT, FLOOR, OURS, YOUNG, Measured, Sample, median, percentile
from benchmarks.models import Reference, refusal

_COLUMNS = (
    ("process", 56),
    ("inst/s", 8),
    ("cmd/s", 8),
    ("p50 ms", 8),
    ("p99 ms", 8),
    ("CPU ms/cmd", 12),
    ("of server", 11),
    ("of database", 13),
    ("stmts/cmd", 11),
    ("B/instance", 12),
)

_DIALECT_MORE = 0.15


def lines(measured: Measured, references: Iterable[Reference]) -> Iterator[str]:
    """Everything found on one database; times are medians of the rounds, percentiles are over all commands."""
    yield f"== {measured.database} =="
    for name in (OURS, FLOOR):
        memory = measured.idle_memory[name] / 1e6
        yield f"{name}: first answer after {measured.ready_after[name]:.2f} s, {memory:.0f} MB resident when idle"
    calibration = [spent * 1000 for spent in measured.calibration]
    yield (
        f"calibration loop: {statistics.median(calibration):.0f} ms CPU"
        f" (from {min(calibration):.0f} to {max(calibration):.0f} in the rounds)"
    )
    yield ""
    yield "".join(name.ljust(width) if not at else name.rjust(width) for at, (name, width) in enumerate(_COLUMNS))
    for reference in references:
        yield from _process(measured, reference)
    yield ""
    yield "share of the floor (commands per CPU second of server and database; commands per second of the clock)"
    for reference in references:
        if (OURS, reference.key) in measured.samples:
            yield _share(measured, reference)
    yield ""
    yield f"the Camunda 7 dialect beside /api/v1 (CPU per command; at most {_DIALECT_MORE:.0%} more)"
    for reference in references:
        if (OURS, reference.key) in measured.samples:
            yield _dialect(measured, reference)
    yield from _growth(measured)
    yield from _decision(measured)


def _process(measured: Measured, reference: Reference) -> Iterator[str]:
    title = f"{reference.key}: {reference.about}"
    if (OURS, reference.key) not in measured.samples:
        yield f"{title}: not executed yet ({refusal(reference).splitlines()[0]})" if refusal(reference) else title
        return
    for name in (OURS, FLOOR):
        samples = measured.samples[name, reference.key]
        cells = (
            title if name == OURS else "   floor",
            f"{median(samples, lambda sample: sample.instances_per_second):.0f}",
            f"{median(samples, lambda sample: sample.commands_per_second):.0f}",
            f"{percentile(samples, 50) * 1000:.2f}",
            f"{percentile(samples, 99) * 1000:.2f}",
            f"{median(samples, lambda sample: sample.cpu) * 1000:.3f}",
            f"{median(samples, lambda sample: sample.server_cpu) * 1000:.3f}",
            f"{median(samples, lambda sample: sample.database_cpu) * 1000:.3f}",
            f"{measured.statements[name, reference.key]:.1f}",
            f"{measured.bytes_stored[name, reference.key]:.0f}",
        )
        widths = (width for _, width in _COLUMNS)
        yield "".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )


def shares(measured: Measured, key: str, of: Callable[[Sample], float]) -> list[float]:
    """Server by floor in each round, for a figure of which more is better."""
    pairs = zip(measured.samples[OURS, key], measured.samples[FLOOR, key], strict=True)
    return [of(ours) / of(floor) for ours, floor in pairs]


def _share(measured: Measured, reference: Reference) -> str:
    by_cpu = shares(measured, reference.key, lambda sample: 1 / sample.cpu)
    by_clock = shares(measured, reference.key, lambda sample: sample.commands_per_second)
    return (
        f"{reference.key}: {statistics.median(by_cpu):6.1%} of the floor per CPU second"
        f" (rounds {min(by_cpu):.1%} to {max(by_cpu):.1%}), {statistics.median(by_clock):.1%} by the clock"
    )


def _dialect(measured: Measured, reference: Reference) -> str:
    pairs = zip(measured.samples[DIALECT, reference.key], measured.samples[OURS, reference.key], strict=True)
    more = [dialect.cpu / own.cpu - 1 for dialect, own in pairs]
    cpu = median(measured.samples[DIALECT, reference.key], lambda sample: sample.cpu)
    found = statistics.median(more)
    verdict = "passed" if found <= _DIALECT_MORE else "FAILED"
    return (
        f"{reference.key}: {found:+6.1%} (rounds {min(more):+.1%} to {max(more):+.1%}), {cpu * 1000:.3f} ms: {verdict}"
    )


def _growth(measured: Measured) -> Iterator[str]:
    if not measured.grown:
        return
    young, old = measured.grown[YOUNG], measured.grown[max(measured.grown)]
    yield ""
    for name, samples in ((YOUNG, young), (max(measured.grown), old)):
        cpu = statistics.mean(sample.cpu for sample in samples)
        yield f"growth: at turn {name:<6} {percentile(samples, 50) * 1000:.2f} ms p50, {cpu * 1000:.2f} ms CPU"
    ratio = percentile(old, 50) / percentile(young, 50)
    cpu_ratio = sum(sample.cpu for sample in old) / sum(sample.cpu for sample in young)
    yield f"growth: old by young {ratio:.2f} (p50), {cpu_ratio:.2f} (CPU)"


def _decision(measured: Measured) -> Iterator[str]:
    if not measured.decided:
        return
    samples = measured.decided
    cpu, of_server = median(samples, lambda sample: sample.cpu), median(samples, lambda sample: sample.server_cpu)
    yield ""
    yield f"decision: a table of 1,000 rules: {measured.evaluation * 1000:.2f} ms CPU evaluated in process"
    yield (
        f"decision: over HTTP and kept in the history: {percentile(samples, 50) * 1000:.2f} ms p50, "
        f"{cpu * 1000:.2f} ms CPU, of them {of_server * 1000:.2f} in the server"
    )
