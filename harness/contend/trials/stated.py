"""A trial's document as its validity has it: figures that are withheld are null. Pure."""

from collections.abc import Collection
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from contend.trials.brackets import MEAN, of_class
from contend.trials.document import QUANTILES, LoadDocument, Timings, Validity, name_of, stage_name
from contend.trials.histograms import Histogram
from contend.trials.validity import GOODPUT


def stated(document: LoadDocument, validity: Validity) -> LoadDocument:
    """What an earlier verdict withheld and this one doesn't is read from the histograms again."""
    changed = set(validity.withheld) ^ set(document.validity.withheld)
    document = replace(document, validity=validity)
    if not changed and not validity.withheld:
        return document
    withheld = validity.withheld
    classes = document.classes
    if classes:
        classes = tuple(
            replace(one, latency=_stated(one.latency, of_class(withheld, one.name)))
            for one in classes
        )
    stages = document.stages
    if stages:
        stages = tuple(
            replace(one, latency=_stated(one.latency, of_class(withheld, stage_name(at))))
            for at, one in enumerate(stages)
        )
    return replace(
        document,
        stages=stages or UNSET,
        latency=_stated(document.latency, withheld),
        goodput_per_s=None if GOODPUT in withheld else document.goodput_per_s,
        classes=classes or UNSET,
    )


def _stated(timings: Timings, withheld: Collection[str]) -> Timings:
    if not timings.count:
        return timings
    histogram = Histogram.decode(timings.histogram)
    values: dict[str, Any] = {MEAN: timings.mean_ns or round(histogram.mean_ns)}
    values |= {
        field: histogram.value_at_quantile_ns(quantile) for field, quantile in QUANTILES.items()
    }
    for field in values:
        if name_of(field) in withheld:
            values[field] = None
    return replace(timings, **values)
