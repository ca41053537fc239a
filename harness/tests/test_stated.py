"""Documents with the figures that their verdict withholds left out, and judged again by another."""

from dataclasses import replace as with_options
from typing import Any

import msgspec
import pytest
from contend.runs.record import TrialRecord
from contend.suites.cells import Cell
from contend.suites.plan import PlannedTrial
from contend.suites.request_class import RequestClass
from contend.trials import run as trial_run
from contend.trials.brackets import Bracket
from contend.trials.conditions import conditions_of
from contend.trials.document import (
    CLIENT_BOUND,
    PARTLY_VALID,
    QUANTILES,
    VALID,
    LoadDocument,
    Reason,
    Validity,
    name_of,
)
from contend.trials.results import document
from contend.trials.spec import TrialSpec
from contend.trials.stated import stated
from contend.trials.validity import ASKED_FOR, GOODPUT, LIMITS, Limits
from made_results import Counts, histogram, one_class, result
from msgspec.structs import replace
from stored_runs import ENVIRONMENT

MS_NS = 1_000_000
CLOSED = TrialSpec(
    target="http://127.0.0.1/",
    host_header="127.0.0.1",
    address="127.0.0.1",
    port=80,
    classes=(RequestClass("GET /"),),
)
OPEN = with_options(CLOSED, arrivals="constant", rate_per_s=100.0)
FIELDS = ("mean_ns", *QUANTILES)
EVERY = [name_of(one) for one in FIELDS]
# 1 ms and up, evenly.
EVEN = [k * MS_NS for k in range(1, 1001)]
NO_FIGURE = Limits(moved_share=-1.0, moved_ns=-1.0)
EVERY_FIGURE = Limits(moved_share=1.0, moved_ns=1e12)


def mix(**given: Any) -> Any:
    classes = [
        one_class("GET /a", 0.9, Counts(ok=900), histogram(EVEN[:900])),
        one_class("GET /b", 0.1, Counts(ok=100), histogram(EVEN[900:])),
    ]
    return result(latency=histogram(EVEN), classes=classes, **given)


def withholding(*names: str) -> Validity:
    return Validity(PARTLY_VALID, (Reason("moved", "late"),), {}, names)


def made(verdict: Validity, given: Any = None) -> LoadDocument:
    return document(OPEN, given or mix(), verdict, ENVIRONMENT)


WHOLE = made(Validity(VALID))


def nulls(found: LoadDocument) -> list[str]:
    """Names of what is null, as verdicts name it."""
    every = [("", found.latency), *((f"{one.name}.", one.latency) for one in found.classes or ())]
    names = [GOODPUT] if found.goodput_per_s is None else []
    names += [
        f"{prefix}{name_of(field)}"
        for prefix, timings in every
        for field in FIELDS
        if getattr(timings, field) is None
    ]
    return names


def test_a_verdict_that_withholds_nothing_leaves_all_figures() -> None:
    assert nulls(WHOLE) == []
    assert stated(WHOLE, Validity(VALID)) == WHOLE


@pytest.mark.parametrize(
    "name", [GOODPUT, *EVERY, "GET /a.mean_ns", "GET /b.p50_ns", "GET /b.p99.9_ns"]
)
def test_what_is_withheld_is_null_and_nothing_else(name: str) -> None:
    found = made(withholding(name))
    assert nulls(found) == [name]
    assert found.validity.withheld == (name,)
    if name != GOODPUT:
        assert stated(found, WHOLE.validity) == WHOLE


def test_what_no_verdict_withholds_is_stated_always() -> None:
    found = made(withholding(GOODPUT, *EVERY))
    assert found.latency.max_ns == WHOLE.latency.max_ns
    assert found.latency.min_ns == WHOLE.latency.min_ns
    assert found.latency.histogram == WHOLE.latency.histogram
    assert (found.service_time, found.send_lag) == (WHOLE.service_time, WHOLE.send_lag)
    assert found.requests == WHOLE.requests


def test_a_class_that_begins_like_another_keeps_its_figures() -> None:
    classes = [
        one_class(name, 0.5, Counts(ok=500), histogram(EVEN[:500]))
        for name in ("GET /a", "GET /a.p50_ns", "GET /a.p99")
    ]
    found = made(withholding("GET /a.p99_ns"), result(latency=histogram(EVEN), classes=classes))
    assert nulls(found) == ["GET /a.p99_ns"]


def test_another_verdict_states_what_one_withheld_and_withholds_other_figures() -> None:
    found = made(withholding("p50_ns", "mean_ns", "GET /a.p90_ns"))
    assert nulls(stated(found, withholding("p99_ns", "mean_ns"))) == ["mean_ns", "p99_ns"]
    again = stated(stated(found, withholding("p99_ns")), WHOLE.validity)
    assert again == WHOLE


def test_a_document_of_one_class_has_none_afterwards_either() -> None:
    found = made(withholding("p50_ns"), result())
    assert "classes" not in msgspec.json.decode(msgspec.json.encode(found))
    assert nulls(found) == ["p50_ns"]


def test_no_figure_comes_from_no_request() -> None:
    nothing = result(requests=Counts(), sent=0, latency=histogram(), service_time=histogram())
    found = made(withholding("p50_ns"), nothing)
    assert found.latency.count == 0 and found.latency.p99_ns is None
    assert stated(found, WHOLE.validity).latency.p50_ns is None


def test_a_verdict_survives_the_store() -> None:
    brackets = {"p50_ns": Bracket(1, 3, 2), "GET /b.p99_ns": Bracket(10, 40, 30)}
    verdict = Validity(PARTLY_VALID, (Reason("moved", "late"),), brackets, ("p50_ns",))
    text = msgspec.json.encode(made(verdict))
    read = msgspec.json.decode(text, type=LoadDocument)
    assert read.validity == verdict and read == made(verdict)
    assert b'"p50_ns":null' in text and b'"withheld":["p50_ns"]' in text


def late(**given: Any) -> Any:
    """Of 850 in 1,000 a late send may have cost 1 ms of their 2 ms."""
    latency = {2 * MS_NS: 850, 10 * MS_NS: 150}
    return result(
        latency=histogram(latency),
        latency_low=histogram({MS_NS: 850, 10 * MS_NS: 150}),
        latency_high=histogram(latency),
        **given,
    )


def trial(spec: TrialSpec, given: Any, limits: Limits = LIMITS) -> TrialRecord:
    found = trial_run.run(spec, ENVIRONMENT, None, lambda *_: given, limits)[1]
    cell = Cell("plaintext", "node-http", spec.arrivals, 64, spec.rate_per_s)
    return TrialRecord(
        planned=PlannedTrial("plaintext", cell, 1, 1, 1),
        started="",
        not_run=None,
        document=found,
        conditions=conditions_of(given),
        setting=trial_run.setting_of(spec),
    )


def stored(record: TrialRecord) -> TrialRecord:
    return msgspec.json.decode(msgspec.json.encode(record), type=TrialRecord)


def test_a_trial_at_a_rate_states_what_late_sends_have_not_moved() -> None:
    found = trial(OPEN, late()).document
    assert found is not None
    assert nulls(found) == ["mean_ns", "p50_ns"]
    assert found.validity.verdict == PARTLY_VALID
    assert set(found.validity.brackets) == {
        "mean_ns",
        "p50_ns",
        "p90_ns",
        "p95_ns",
        "p99_ns",
        "p99.9_ns",
    }


@pytest.mark.parametrize("spec_and_given", [(OPEN, late()), (CLOSED, result(run_queue_share=0.2))])
def test_judged_again_from_the_store_a_trial_is_the_same(
    spec_and_given: tuple[TrialSpec, Any],
) -> None:
    record = stored(trial(*spec_and_given))
    assert record.document is not None and record.document.validity.withheld
    assert record.judged() == record
    assert record.judged(NO_FIGURE).judged(EVERY_FIGURE).judged() == record


@pytest.mark.parametrize("spec", [OPEN, CLOSED])
def test_wider_limits_state_all_figures_again(spec: TrialSpec) -> None:
    given = late(run_queue_share=0.2 if spec is CLOSED else 0.0)
    whole = trial(spec, given, EVERY_FIGURE).document
    record = stored(trial(spec, given)).judged(EVERY_FIGURE)
    assert whole is not None and record.document is not None
    assert nulls(whole) == [] == nulls(record.document)
    assert record.document == whole


def test_narrower_limits_withhold_more() -> None:
    record = stored(trial(OPEN, late())).judged(NO_FIGURE)
    assert record.document is not None
    assert set(nulls(record.document)) == set(EVERY) - {"p99.99_ns"}
    assert record.document.validity.verdict == CLIENT_BOUND


def test_what_states_some_of_its_figures_may_become_a_row() -> None:
    assert trial(OPEN, late()).is_valid
    assert not trial(OPEN, late()).judged(NO_FIGURE).is_valid


def test_a_trial_whose_own_lateness_was_in_its_latencies_stays_as_it_was_judged() -> None:
    record = trial(OPEN, late())
    assert record.document is not None
    old = replace(record.document, own_lateness=None, validity=Validity("client-bound", ("late",)))
    kept = replace(record, document=old)
    assert kept.judged() == kept == kept.judged(EVERY_FIGURE)
    assert old.validity.words == ("late",)


def test_all_that_is_asked_for_can_be_withheld() -> None:
    assert [name for name in nulls(made(withholding(*ASKED_FOR))) if "GET" not in name] == list(
        ASKED_FOR
    )
