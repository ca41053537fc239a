"""The document of `contend load --json` has exactly interface.md's fields, types and nulls."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest
from conftest import Contend, Serve
from contend._engine import Histogram
from fault_server import Script, answering, reset_at_accept
from hdrh.histogram import HdrHistogram

QUANTILES = ("p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99.9_ns", "p99.99_ns")
TIMINGS: Mapping[str, Any] = {
    "count": int,
    **dict.fromkeys(("min_ns", "mean_ns", *QUANTILES, "max_ns"), (int, None)),
    "lower_bounds": int,
    "histogram": str,
    "clamped": int,
}
REQUESTS: Mapping[str, Any] = {
    **dict.fromkeys(("scheduled", "ok", "timeout", "shed", "unfinished", "resent"), int),
    "failed": dict.fromkeys(("connect", "reset", "protocol", "status", "validation"), int),
}
USAGE = {"cpu_ns": int, "cpu_ns_per_request": (int, None), "max_rss_bytes": int}
BRACKET = {"low_ns": int, "high_ns": int, "off_ns": int}
DOCUMENT: Mapping[str, Any] = {
    "schema": str,
    "target": str,
    "arrivals": {"kind": str, "rate_per_s": (float, None), "seed": int},
    "connections": int,
    "threads": int,
    "pacing": str,
    "duration_ns": int,
    "warmup_ns": int,
    "validity": {
        "verdict": str,
        "reasons": [{"code": str, "words": str}],
        "brackets": {str: BRACKET},
        "withheld": [str],
    },
    "requests": REQUESTS,
    "goodput_per_s": (float, None),
    "bytes_received": int,
    "latency": TIMINGS,
    "service_time": TIMINGS,
    "send_lag": TIMINGS,
    "own_lateness": TIMINGS,
    "receive_lag": (TIMINGS, None),
    "completion_stamp": str,
    "classes": [
        {
            "name": str,
            "share": float,
            "requests": REQUESTS,
            "latency": TIMINGS,
            "service_time": TIMINGS,
        }
    ],
    "disturbed": (int, None),
    "wrong_statuses": {str: int},
    "unasked_responses": int,
    "keep_alive": bool,
    "connections_opened": int,
    "connect_time": TIMINGS,
    "generator": {**USAGE, "poll_window_ns": (int, None)},
    "server": ({**USAGE, "max_threads": int}, None),
    "environment": {
        "machine": {
            "cpu_model": (str, None),
            "cores": int,
            "kernel": str,
            "governor": (str, None),
            "virtualised": (bool, None),
            "memory_bytes": (int, None),
        },
        "software": {
            "contend": str,
            "engine_hash": (str, None),
            "server": (str, None),
            "versions": Mapping,  # of whatever was measured with
        },
    },
}
TIMING_FIELDS = (
    "latency",
    "service_time",
    "send_lag",
    "own_lateness",
    "receive_lag",
    "connect_time",
)


def check(value: Any, schema: Any, where: str) -> None:
    if isinstance(schema, tuple):
        if value is None:
            assert None in schema, where
        else:
            check(value, schema[0], where)
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for place, one in enumerate(value):
            check(one, schema[0], f"{where}[{place}]")
    elif isinstance(schema, Mapping) and list(schema) == [str]:  # whatever the names are
        for name, part in value.items():
            check(part, schema[str], f"{where}.{name}")
    elif isinstance(schema, Mapping):
        assert list(value) == list(schema), where
        for name, part in schema.items():
            check(value[name], part, f"{where}.{name}")
    elif schema is Mapping:
        assert all(isinstance(part, str) for pair in value.items() for part in pair), where
    else:
        assert type(value) is schema, f"{where} is {value!r}"


def check_figures(timings: Mapping[str, Any]) -> None:
    """The figures are those of the histogram, which any HdrHistogram library reads."""
    values = [timings[name] for name in ("min_ns", *QUANTILES, "max_ns")]
    read = HdrHistogram.decode(timings["histogram"])
    assert read.get_total_count() == timings["count"]
    if not timings["count"]:
        assert {timings["mean_ns"], *values} == {None}
        return
    assert values == sorted(values)
    assert values[0] <= timings["mean_ns"] <= values[-1]
    histogram = Histogram.decode(timings["histogram"])
    quantiles = zip(QUANTILES, (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999), strict=True)
    for name, quantile in quantiles:
        assert timings[name] == histogram.value_at_quantile_ns(quantile), name
    assert (values[0], values[-1]) == (read.get_min_value(), read.get_max_value())


CLOSED = ("-n", "40")
OPEN = ("--rate", "500", "--arrivals", "poisson", "-d", "100ms")
CLASSES = ("-n", "40", "--request", "75%:GET /a", "--request", "25%:GET /b")


@pytest.mark.parametrize(
    ("script", "options"),
    [
        (answering(), CLOSED),
        (answering(), OPEN),
        (answering(), CLASSES),
        (reset_at_accept, CLOSED),
        (reset_at_accept, OPEN),
    ],
    ids=["closed", "open", "classes", "closed-reset", "open-reset"],
)
def test_the_document_has_the_fields_of_the_interface(
    serve: Serve, load: Contend, script: Script, options: tuple[str, ...]
) -> None:
    document = load(serve(script).url, *options).document
    schema = dict(DOCUMENT)
    if options is not CLASSES:
        del schema["classes"]  # there when there is more than one
    # Behind the interface's own fields.
    assert isinstance(document.pop("within_trial"), dict)
    if document["completion_stamp"] == "kernel":
        excluded = document.pop("client_excluded")
        assert list(excluded) == ["mean_ns", *QUANTILES, "max_ns"]
        assert all(value >= 0 for value in excluded.values())
    check(document, schema, "document")
    assert document["schema"] == "contend.load/1"
    for name in TIMING_FIELDS:
        if document[name] is not None:
            check_figures(document[name])
    for one in document.get("classes", ()):
        check_figures(one["latency"])
        check_figures(one["service_time"])


def test_closed_loop_responses_complete_when_they_are_read(serve: Serve, load: Contend) -> None:
    document = load(serve(answering()).url, *CLOSED).document
    assert document["arrivals"]["rate_per_s"] is None
    assert (document["completion_stamp"], document["receive_lag"]) == ("user", None)
    assert document["server"] is None


def test_open_loop_responses_complete_at_the_kernels_stamp(serve: Serve, load: Contend) -> None:
    document = load(serve(answering()).url, *OPEN).document
    assert document["completion_stamp"] == "kernel"
    assert 0 < document["receive_lag"]["count"] <= document["requests"]["ok"]


def test_goodput_is_what_was_right_in_the_measured_time(serve: Serve, load: Contend) -> None:
    document = load(serve(answering()).url, "-n", "40").document
    measured_s = document["duration_ns"] / 1e9
    assert document["goodput_per_s"] == pytest.approx(40 / measured_s)
    generator = document["generator"]
    assert generator["cpu_ns_per_request"] == round(generator["cpu_ns"] / 40)


def test_the_histogram_is_the_standard_encoding(serve: Serve, load: Contend) -> None:
    text = load(serve(answering()).url, "-n", "5").document["latency"]["histogram"]
    assert text.startswith("HISTFAAA")
    assert base64.b64decode(text, validate=True)[:4] == bytes.fromhex("1c849314")
