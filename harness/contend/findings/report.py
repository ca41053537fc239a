"""All that a run's report shows, computed once from the stored run. Pure."""

import msgspec

from contend.findings.cells import by_cell
from contend.findings.every_pair import AnyPair, every_pair
from contend.findings.evidence import Evidence, evidence_of
from contend.findings.load_curves import LoadCurves, load_curves
from contend.findings.over_time import OverTime, over_time
from contend.findings.percentiles import PercentileCurve, percentile_curves
from contend.findings.table import Tables
from contend.runs.record import Run


class Report(msgspec.Struct, frozen=True):
    tables: Tables
    percentiles: tuple[tuple[PercentileCurve, ...], ...]  # of each table, in their order
    pairs: tuple[tuple[AnyPair, ...], ...]
    curves: tuple[LoadCurves, ...]
    over_time: tuple[OverTime, ...]
    evidence: tuple[Evidence, ...]


def report_of(run: Run, tables: Tables) -> Report:
    """`tables`: those of the run."""
    measured = by_cell(run)
    return Report(
        tables=tables,
        percentiles=tuple(percentile_curves(one, measured) for one in tables.tables),
        pairs=tuple(every_pair(run, one, measured) for one in tables.tables),
        curves=load_curves(tables.tables),
        over_time=over_time(run),
        evidence=evidence_of(run),
    )
