"""Two documents of `contend load` beside each other: read back, divided, with Welch's intervals."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import Contend
from contend.errors import StoreError
from contend.findings.load_pair import LoadPair, PairedFigure, compare_loads
from contend.machine.read_environment import read_environment
from contend.reports.load_pair_text import render
from contend.stats.stationarity import Stationarity
from contend.stats.within_trial import Interval, WithinTrial
from contend.suites.request_class import RequestClass
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.document import LoadDocument
from contend.trials.spec import TrialSpec
from contend.trials.stored import load_document
from made_results import S_NS, Counts, histogram, result, usage
from made_series import MS_NS, series
from msgspec.structs import replace
from scipy import stats

SPEC = TrialSpec("http://h/", "h", "127.0.0.1", 1, (RequestClass("GET /"),))
NAMES = ("first.json", "second.json")


def document(given: Any, spec: TrialSpec = SPEC) -> LoadDocument:
    return trial_run.run(spec, read_environment(), None, lambda *_: given)[1]


def with_interval(mean_ns: int, low_ns: int, high_ns: int, freedom: int) -> LoadDocument:
    """Only of the mean."""
    interval = Interval(low_ns, high_ns, high_ns / mean_ns - 1, freedom, 1.0)
    found = WithinTrial(0.95, Stationarity(True), {"mean_ns": interval}, {})
    made = document(result(latency=histogram({mean_ns: 1000})))
    return replace(made, within_trial=found)


def measured(scale: float, seed: int) -> LoadDocument:
    """100,000 exponential latencies."""
    latencies_ns = scale * MS_NS * (0.01 + np.random.default_rng(seed).exponential(size=100_000))
    made = series(latencies_ns, 100)
    kept = SimpleNamespace(counts=made.counts, edges_ns=made.edges_ns, width_ns=made.width_ns)
    latency = histogram([round(one) for one in latencies_ns])
    given = result(requests=Counts(ok=100_000), latency=latency, latency_series=kept)
    found = document(given)
    return replace(found, within_trial=results.known_within(given, found))


def pair(first: LoadDocument, second: LoadDocument) -> LoadPair:
    return compare_loads(first, second, NAMES)


def figure(found: LoadPair, name: str) -> PairedFigure:
    return next(one for one in found.figures if one.name == name)


def store(made: LoadDocument, path: Path) -> Path:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n")
    return path


def lines(found: LoadPair) -> list[str]:
    return [line.plain.rstrip() for line in render(found)]


# --- figure by figure -------------------------------------------------------------------------


def test_the_second_is_divided_by_the_first() -> None:
    first = document(
        result(requests=Counts(ok=950, status=50), server=usage(2 * S_NS), completed_ok=1000)
    )
    second = document(
        result(
            requests=Counts(ok=900, status=100),
            completed_ok=500,
            latency=histogram({2_000_000: 1000}),
            server=usage(2 * S_NS),
        )
    )
    found = pair(first, second)
    assert [one.name for one in found.figures] == [
        *("goodput", "mean", "p50", "p90", "p95", "p99", "p99.9", "errors"),
        "server CPU a request",
    ]
    assert figure(found, "goodput") == PairedFigure("goodput", "/s", 100.0, 50.0, 0.5)
    assert figure(found, "errors") == PairedFigure("errors", "share", 0.05, 0.1, 2.0)
    cost = figure(found, "server CPU a request")
    assert (cost.unit, cost.first, cost.second, cost.ratio) == ("ns", 2_000_000, 4_000_000, 2.0)
    for name in ("mean", "p50", "p99.9"):
        one = figure(found, name)
        assert one.ratio == pytest.approx(2, rel=1e-3)
        assert (one.unit, one.low, one.high) == ("ns", None, None)


def test_what_one_of_them_has_not_has_no_ratio() -> None:
    whole, nothing = document(result()), document(result(latency=histogram()))
    for first, second in ((whole, nothing), (nothing, whole)):
        found = figure(pair(first, second), "p99")
        assert (found.ratio, found.low, found.high) == (None, None, None)
    assert figure(pair(whole, whole), "errors").ratio is None, "0 / 0"
    names = [one.name for one in pair(whole, document(result(server=usage(S_NS)))).figures]
    assert "server CPU a request" not in names


def test_a_figure_that_is_withheld_has_no_ratio() -> None:
    moved = document(
        result(latency_low=histogram({MS_NS: 1000}), latency_high=histogram({9 * MS_NS: 1000})),
        TrialSpec(*("http://h/", "h", "127.0.0.1", 1, SPEC.classes), rate_per_s=100.0),
    )
    found = pair(document(result()), moved)
    assert figure(found, "mean").second is figure(found, "p99").ratio is None
    assert found.verdicts == ("valid", "client-bound")
    assert not found.is_conclusive


def test_an_interval_of_the_ratio_is_welchs_on_the_logs() -> None:
    """Of two samples whose means' standard errors the two intervals are made of."""
    samples = [np.log([1.00, 1.02, 0.97, 1.01]), np.log([1.5, 1.6, 1.45, 1.52, 1.55, 1.49])]
    made = []
    for one in samples:
        mean_ns = 10**9 * math.exp(one.mean())
        freedom = len(one) - 1
        reach = math.exp(stats.t.ppf(0.975, freedom) * one.std(ddof=1) / math.sqrt(len(one)))
        ends = (round(mean_ns / reach), round(mean_ns * reach))
        made.append(with_interval(round(mean_ns), *ends, freedom))
    found = figure(pair(made[0], made[1]), "mean")
    peer = stats.ttest_ind(samples[1], samples[0], equal_var=False).confidence_interval(0.95)
    assert found.ratio is not None and found.low is not None and found.high is not None
    # A histogram has the mean within a thousandth.
    assert found.low == pytest.approx(math.exp(peer.low), rel=2e-3)
    assert found.high == pytest.approx(math.exp(peer.high), rel=2e-3)
    assert math.sqrt(found.low * found.high) == pytest.approx(found.ratio)
    assert math.log(found.high / found.low) == pytest.approx(peer.high - peer.low, rel=1e-6)


def test_without_both_intervals_there_is_none() -> None:
    known = with_interval(1_000, 900, 1_100, 10)
    for other in (document(result()), with_interval(1_000, 0, 1_100, 10)):
        for first, second in ((known, other), (other, known)):
            found = figure(pair(first, second), "mean")
            assert found.ratio is not None
            assert (found.low, found.high) == (None, None)


def test_intervals_of_measured_trials_hold_their_ratio() -> None:
    found = pair(measured(1.0, 1), measured(1.5, 2))
    for name in ("mean", "p50", "p90", "p95", "p99", "p99.9"):
        one = figure(found, name)
        assert one.low is not None and one.high is not None and one.ratio is not None
        assert 1.35 < one.low < one.ratio < one.high < 1.65, name
        assert one.low < 1.5 < one.high, name


@pytest.mark.parametrize(
    ("second", "is_conclusive"),
    [
        (result(), True),
        (result(run_queue_share=0.1), True),  # partly-valid
        (result(stolen_share=0.1), False),
    ],
)
def test_two_that_state_figures_are_conclusive(second: Any, is_conclusive: bool) -> None:
    valid, other = document(result()), document(second)
    assert pair(valid, other).is_conclusive is pair(other, valid).is_conclusive is is_conclusive


def test_what_was_asked_otherwise_is_said() -> None:
    first = document(result())
    assert pair(first, first).differs == ()
    machine = first.environment.machine
    second = replace(
        first,
        target="http://other/",
        connections=8,
        threads=2,
        pacing="busy",
        duration_ns=5 * S_NS,
        warmup_ns=0,
        arrivals=replace(first.arrivals, kind="poisson", rate_per_s=50.0),
        environment=replace(
            first.environment,
            machine=replace(machine, cpu_model="another", cores=machine.cores + 1, kernel="9.9"),
        ),
    )
    assert pair(first, second).differs == (
        "target: http://h/, then http://other/",
        "arrivals: closed, then poisson",
        "rate: None, then 50.0",
        "connections: 64, then 8",
        "threads: 1, then 2",
        "pacing: auto, then busy",
        f"duration: {10 * S_NS}, then {5 * S_NS}",
        f"warm-up: {S_NS}, then 0",
        f"machine: {machine.cpu_model}, then another",
        f"cores: {machine.cores}, then {machine.cores + 1}",
        f"kernel: {machine.kernel}, then 9.9",
    )


# --- on a terminal ----------------------------------------------------------------------------


def test_a_pair_in_a_table() -> None:
    first = with_interval(1_000, 900, 1_100, 10)
    second = replace(
        with_interval(2_000, 1_900, 2_100, 10),
        connections=8,
        validity=document(result(run_queue_share=0.1)).validity,
    )
    assert lines(pair(first, second))[:-1] == [
        "first.json, then second.json",
        "differs: connections: 64, then 8",
        "second.json: partly-valid",
        "",
        "figure     first   second  ratio  95% interval",
        "goodput    100/s    100/s      1             -",
        "mean     1.00 µs  2.00 µs      2   1.8 to 2.23",
        "p50      1.00 µs  2.00 µs      2             -",
        "p90      1.00 µs  2.00 µs      2             -",
        "p95      1.00 µs  2.00 µs      2             -",
        "p99      1.00 µs  2.00 µs      2             -",
        "p99.9    1.00 µs  2.00 µs      2             -",
        "errors        0%       0%      -             -",
        "",
    ]


def test_what_another_wrote_moves_no_cursor() -> None:
    made = document(result())
    found = compare_loads(made, replace(made, target="http://h/\x1b[2J"), ("a\x1b", "b"))
    assert not any("\x1b" in line for line in lines(found))


# --- read back --------------------------------------------------------------------------------


def test_a_document_is_read_back_as_it_was(tmp_path: Path) -> None:
    made = measured(1.0, 1)
    assert load_document(store(made, tmp_path / "result.json")) == made


@pytest.mark.parametrize(
    "text", [b"", b"null", b"[]", b"{", b"{}", b'{"schema": "contend.run/1"}', b"\xff", b"3\n{}"]
)
def test_what_is_no_document_is_none(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(text)
    assert load_document(path) is None
    assert load_document(tmp_path / "missing") is None
    assert load_document(tmp_path) is None


def test_a_document_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(b'{"schema": "contend.load/1", "target": 3}')
    with pytest.raises(StoreError, match=r"old\.json: not as contend writes it: .*target"):
        load_document(path)


# --- the command ------------------------------------------------------------------------------


def test_two_documents_are_compared(contend: Contend, tmp_path: Path) -> None:
    paths = [
        str(store(made, tmp_path / name))
        for made, name in ((measured(1.0, 1), "a"), (measured(1.5, 2), "b"))
    ]
    said = contend("compare", *paths)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == f"{paths[0]}, then {paths[1]}"
    assert "\nmean " in said.out


def test_a_pairs_document_has_standard_output_for_itself(contend: Contend, tmp_path: Path) -> None:
    path = str(store(document(result()), tmp_path / "a"))
    said = contend("compare", path, path, "--json", "-")
    found = msgspec.json.decode(said.out, type=LoadPair)
    assert found == compare_loads(document(result()), document(result()), (path, path))
    assert found.schema == "contend.load-pair/1"
    assert "\ngoodput " in said.err
    assert said.code == 0


def test_a_document_that_states_nothing_is_exit_code_3(contend: Contend, tmp_path: Path) -> None:
    valid = str(store(document(result()), tmp_path / "a"))
    stolen = str(store(document(result(stolen_share=0.1)), tmp_path / "b"))
    said = contend("compare", valid, stolen)
    assert said.code == 3
    assert f"{stolen}: inconclusive" in said.out


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_document_and_something_else_are_not_compared(
    contend: Contend, tmp_path: Path, order: tuple[int, int]
) -> None:
    paths = [str(store(document(result()), tmp_path / "a")), str(tmp_path / "none")]
    said = contend("compare", *(paths[one] for one in order))
    assert (said.code, said.out) == (2, "")
    assert (
        f"{paths[1]}: the other is a document of contend load, and this is none" in said.complaint
    )


def test_a_document_that_cannot_be_read_is_one_line(contend: Contend, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_bytes(b'{"schema": "contend.load/1"}')
    said = contend("compare", str(path), str(path))
    assert (said.code, said.out) == (2, "")
    assert "not as contend writes it" in said.complaint
