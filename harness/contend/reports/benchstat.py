"""A run in Go's benchmark format, for benchstat: a line a trial. Pure."""

from collections.abc import Iterator

from contend.findings.series import CPU, PER_REQUEST, Measurement, Series, series_of
from contend.reports.csv import plain
from contend.runs.record import Run

# benchstat's own unit for the time of one operation; every other has a name of its own.
_TIME, _CPU, _CPU_PER_ANY = "ns/op", "cpu-ns/op", "cpu-ns/op-or-push"


def render(run: Run) -> bytes:
    software = run.header.environment.software
    lines = [f"contend: {software.contend}", f"run: {run.id}"]
    lines.append(f"cpu: {run.header.environment.machine.cpu_model}")
    cores = len(run.header.server_cores)
    lines += [line for series in series_of(run) for line in _lines(series, cores)]
    return ("\n".join(lines) + "\n").encode()


def _lines(series: Series, cores: int) -> Iterator[str]:
    workload = "".join(part.capitalize() for part in series.workload.split("-"))
    name = f"Benchmark{workload}/srv={series.backend}/load={series.load}-{cores}"
    for one in series.measurements:
        if values := list(_values(series, one)):
            yield "\t".join([name, str(one.requests), *values])


def _values(series: Series, one: Measurement) -> Iterator[str]:
    """A lower bound has a unit of its own: it is compared with no figure that is known."""
    for name, value_ns in one.times_ns.items():
        bound = "at-least-" if name in series.lower_bounds else ""
        yield f"{plain(value_ns)} {_TIME if name == PER_REQUEST else f'{name}-{bound}ns'}"
    if one.server_cpu_ns is not None:
        yield f"{plain(one.server_cpu_ns)} {_CPU if series.cpu == CPU else _CPU_PER_ANY}"
