"""The options of `contend load` that need reading: what is taken, and what each refusal says."""

import os
import resource
from collections.abc import Sequence
from pathlib import Path

import pytest
from contend.cli import load_options
from contend.durations import S_NS
from contend.errors import UsageError
from contend.suites.request_class import RequestClass
from contend.trials.address import Url
from contend.trials.thresholds import parse_threshold

URL = Url("127.0.0.1", 8080, "/x?y")


def classes(
    *asked: str,
    method: str | None = None,
    header: Sequence[str] = (),
    body: Sequence[str] = (),
    expect_body: bytes | None = None,
) -> tuple[RequestClass, ...]:
    parsed = [load_options.parse_class(one) for one in asked]
    headers = load_options.read_headers(header, parsed)
    bodies = load_options.read_bodies(body, parsed)
    return load_options.request_classes(URL, parsed, method, headers, bodies, 200, expect_body)


def test_a_body_is_its_text_or_a_files_bytes(tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"\x00\xff")
    assert load_options.read_body("grün") == "grün".encode()
    assert load_options.read_body("") == b""
    assert load_options.read_body(f"@{file}") == b"\x00\xff"


def test_a_body_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        load_options.read_body(f"@{tmp_path}/none")
    with pytest.raises(ValueError, match="Is a directory"):
        load_options.read_body(f"@{tmp_path}")


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Accept: */*", ("Accept", "*/*")),
        ("X-Empty:", ("X-Empty", "")),
        ("X-Tab:a\tb:c ", ("X-Tab", "a\tb:c")),
    ],
)
def test_a_header_is_read(text: str, header: tuple[str, str]) -> None:
    assert load_options.parse_header(text) == header


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no colon", "is no header"),
        (": value", "is no header"),
        ("Na me: value", "is no header"),
        ("Näme: value", "is no header"),
        ("Name: a\r\nEvil: b", "control character"),
        ("Name: a\x00", "control character"),
        ("Name: a\x7f", "control character"),
        ("Content-Length: 3", "set by contend itself"),
        ("transfer-encoding: chunked", "set by contend itself"),
        ("Connection: close", "is what --no-keep-alive asks for"),
        ("connection:CLOSE", "is what --no-keep-alive asks for"),
        ("Connection: upgrade", "set by contend itself"),
    ],
)
def test_a_header_that_would_break_the_request_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        load_options.parse_header(text)


@pytest.mark.parametrize("text", ["", "G ET", "GET\r\n", "GÉT", "GET/"])
def test_what_is_no_method_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no method"):
        load_options.parse_method(text)


def test_a_class_is_read_with_its_weight() -> None:
    assert load_options.parse_class("95%:GET /json?a=b:c") == RequestClass(
        "GET /json?a=b:c", 95.0, "GET", "/json?a=b:c"
    )
    assert load_options.parse_class("0.5%:DELETE /").weight == 0.5


def test_a_class_without_a_weight_has_none() -> None:
    assert load_options.parse_class("GET /json?a=b:c") == RequestClass(
        "GET /json?a=b:c", 0.0, "GET", "/json?a=b:c"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        ":GET /",
        "95%",
        "95:GET /",
        "0%:GET /",
        "-5%:GET /",
        "101%:GET /",
        "9" * 400 + "%:GET /",
        "nan%:GET /",
        "5%:GET",
        "5%:GET path",
        "5%:GET /a b",
        "5%:GET /ü",
        "5%: /",
    ],
)
def test_what_is_no_class_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no request class.*such as '95%:GET /'"):
        load_options.parse_class(text)


def test_without_classes_the_url_is_the_only_one() -> None:
    assert classes() == (RequestClass("GET /x?y", 1.0, "GET", "/x?y", expect_status=200),)
    (posted,) = classes(body=["data"])
    assert (posted.method, posted.body) == ("POST", b"data")
    (put,) = classes(method="PUT", body=["data"], expect_body=b"right")
    assert (put.method, put.body, put.expect_body) == ("PUT", b"data", b"right")


def test_every_class_is_sent_the_headers_and_only_some_the_body() -> None:
    headers = ["Host: other", "X-One: 1"]
    get, post = classes("90%:GET /", "10%:POST /", header=headers, body=["data"])
    assert get.headers == post.headers == (("X-One", "1"),)
    assert (get.body, post.body) == (b"", b"data")


def test_a_class_has_headers_and_a_body_of_its_own() -> None:
    get, post = classes(
        "90%:GET /a?b=c",
        "10%:POST /",
        header=["X-All: 1", "GET /a?b=c=X-Get: 2", "POST /=X-Post: a=b"],
        body=["all", "GET /a?b=c=of=get"],
    )
    assert get.headers == (("X-All", "1"), ("X-Get", "2"))
    assert post.headers == (("X-All", "1"), ("X-Post", "a=b"))
    assert (get.body, post.body) == (b"of=get", b"all"), "a GET has a body when it is its own"


def test_what_names_a_class_that_there_is_not_is_refused() -> None:
    (posted,) = classes(body=["POST /orders=1"])
    assert posted.body == b"POST /orders=1"  # there are no classes that it could name
    with pytest.raises(UsageError, match="'POST /orders=…': there is no such class; try one"):
        classes("GET /", "POST /", body=["POST /orders=1"])
    with pytest.raises(UsageError, match="'POST /orders=…': there is no such class; try one"):
        classes("GET /", "POST /", header=["POST /orders=X: 1"])
    with pytest.raises(UsageError, match="given twice for POST /"):
        classes("GET /", "POST /", body=["POST /=1", "POST /=2"])


def test_classes_without_weights_have_equal_shares() -> None:
    assert [one.weight for one in classes("GET /a", "GET /b", "GET /c")] == [1.0, 1.0, 1.0]
    assert [one.weight for one in classes("75%:GET /a", "25%:GET /b")] == [75.0, 25.0]


def test_what_contradicts_a_class_is_refused() -> None:
    with pytest.raises(UsageError, match="--method: a request class has its own method"):
        classes("5%:GET /", method="POST")
    with pytest.raises(UsageError, match="--request: a class is given twice"):
        classes("5%:GET /", "6%:GET /")
    with pytest.raises(UsageError, match="--request: some classes have a weight, some none"):
        classes("5%:GET /a", "GET /b")


def test_the_host_header_is_the_urls_unless_one_is_given() -> None:
    assert load_options.host_header(URL, []) == "127.0.0.1:8080"
    headers = load_options.read_headers(["hOst: other", "A: b"], [])
    assert load_options.host_header(URL, headers) == "other"


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("10", 10 * S_NS),
        (" 1.5 ", 1_500_000_000),
        (".5", 500_000_000),
        ("2.", 2 * S_NS),
        ("10s", 10 * S_NS),
        ("1.5ms", 1_500_000),
        ("250us", 250_000),
        ("1h", 3600 * S_NS),
    ],
)
def test_a_time_without_a_unit_is_in_seconds(text: str, time_ns: int) -> None:
    assert load_options.parse_time_ns(text) == time_ns
    assert load_options.parse_some_time_ns(text) == time_ns


@pytest.mark.parametrize("text", ["", "s", "-1", "1e3", "1 day", "nan", "1,5", "10 s s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    for reader in (load_options.parse_time_ns, load_options.parse_some_time_ns):
        with pytest.raises(ValueError, match="is no duration"):
            reader(text)


def test_no_time_is_a_time_only_where_it_may_be() -> None:
    assert load_options.parse_time_ns("0") == load_options.parse_time_ns("0s") == 0
    for text in ("0", "0s", "0.0"):
        with pytest.raises(ValueError, match="must be more than 0"):
            load_options.parse_some_time_ns(text)


@pytest.mark.parametrize(("text", "rate"), [("500", 500.0), ("500/s", 500.0), (" 0.5/s ", 0.5)])
def test_a_rate_may_say_that_it_is_one_of_a_second(text: str, rate: float) -> None:
    assert load_options.parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "/s", "fast", "500/m", "500/s/s", "5k"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no rate: 500, or 500/s"):
        load_options.parse_rate(text)


@pytest.mark.parametrize(
    ("kind", "rate", "found"),
    [
        (None, None, "closed"),
        (None, 1000.0, "constant"),
        ("closed", None, "closed"),
        ("constant", 0.5, "constant"),
        ("poisson", 10_000_000.0, "poisson"),
    ],
)
def test_the_arrival_process_follows_from_the_rate(
    kind: str | None, rate: float | None, found: str
) -> None:
    assert load_options.arrivals(kind, rate, think=False) == found


@pytest.mark.parametrize(
    ("kind", "rate", "think", "why"),
    [
        (None, 0.0, False, "--rate: 0.0 is no rate above 0"),
        (None, -1.0, False, "--rate: -1.0 is no rate above 0"),
        (None, float("nan"), False, "--rate: nan is no rate above 0"),
        (None, float("inf"), False, "--rate: inf is no rate above 0"),
        (None, 1e8, False, r"--rate: 1e\+08 is more than 10,000,000 requests/s"),
        ("uniform", 5.0, False, "--arrivals: there are no arrivals 'uniform': closed, constant"),
        ("poisson", None, False, "--arrivals: poisson arrivals need a rate"),
        ("closed", 5.0, False, "--arrivals: closed arrivals have no rate"),
        ("constant", 5.0, True, "--think: constant arrivals wait for no response"),
    ],
)
def test_arrivals_that_cannot_be_are_refused(
    kind: str | None, rate: float | None, think: bool, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        load_options.arrivals(kind, rate, think)


def test_cores_are_read_as_taskset_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 3, 4})
    assert load_options.parse_cpus("0") == (0,)
    assert load_options.parse_cpus("4, 2-3,2") == (4, 2, 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no cores"),
        ("a", "names no cores"),
        ("-1", "names no cores"),
        ("0,,2", "names no cores"),
        ("3-2", "core 3-2 can't be used"),
        ("1", "core 1 can't be used: there are 0, 2"),
        ("0-99999999999", "core 1 can't be used"),
        ("99999999999", "core 99999999999 can't be used"),
    ],
)
def test_cores_that_are_not_there_are_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2})
    with pytest.raises(ValueError, match=why):
        load_options.parse_cpus(text)


def test_pacings_are_four() -> None:
    for one in ("auto", "sleep", "spin", "busy"):
        assert load_options.check_pacing(one, is_open=True) == one
    with pytest.raises(UsageError, match="there is no pacing 'nap'; try auto, sleep, spin, busy"):
        load_options.check_pacing("nap", is_open=True)


def test_a_closed_loop_is_not_polled_for() -> None:
    for one in ("auto", "sleep", "spin"):  # the default, and what was asked for with a rate
        assert load_options.check_pacing(one, is_open=False) == one
    with pytest.raises(UsageError, match="a closed loop sends after a response"):
        load_options.check_pacing("busy", is_open=False)


def test_a_core_is_shared_when_there_is_one_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    affinity = {0: {1}, 7: {1}, 8: {0}, 9: {0, 1}}
    monkeypatch.setattr(os, "sched_getaffinity", affinity.__getitem__)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert load_options.shares_core(7) and load_options.shares_core(8, (0,))
    assert not load_options.shares_core(7, (0,))
    assert not any(load_options.shares_core(pid) for pid in (0, 8, 9))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    affinity[0] = {0}
    assert load_options.shares_core(0)


def test_a_server_may_use_the_cores_it_is_allowed() -> None:
    assert load_options.server_cores(os.getpid()) == len(os.sched_getaffinity(0))
    assert load_options.server_cores(0) == load_options.server_cores(2**22 + 1) == 1


def test_a_process_to_sample_must_be_there() -> None:
    assert load_options.check_pid(None) == 0
    assert load_options.check_pid(os.getpid()) == os.getpid()
    with pytest.raises(UsageError, match="--pid: there is no process 4194305"):
        load_options.check_pid(4_194_305)  # above what Linux gives


class Limit:
    """The process's limit of open files, without touching the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> None:
        self.now = (soft, hard)
        monkeypatch.setattr(resource, "getrlimit", lambda _: self.now)
        monkeypatch.setattr(resource, "setrlimit", self._set)

    def _set(self, which: int, limit: tuple[int, int]) -> None:
        assert which == resource.RLIMIT_NOFILE
        self.now = limit


@pytest.mark.parametrize("soft", [1024, resource.RLIM_INFINITY])
def test_connections_within_the_limit_change_nothing(
    monkeypatch: pytest.MonkeyPatch, soft: int
) -> None:
    limit = Limit(monkeypatch, soft, soft)
    assert load_options.check_connections(64, 1) == 64
    assert limit.now == (soft, soft)


@pytest.mark.parametrize("hard", [20_000, resource.RLIM_INFINITY])
def test_the_limit_of_open_files_is_raised_as_far_as_needed(
    monkeypatch: pytest.MonkeyPatch, hard: int
) -> None:
    limit = Limit(monkeypatch, 1024, hard)
    assert load_options.check_connections(10_000, 2) == 10_000
    assert 10_000 < limit.now[0] <= 20_000
    assert limit.now[1] == hard


def test_connections_beyond_what_the_machine_allows_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Limit(monkeypatch, 1024, 4096)
    with pytest.raises(UsageError, match=r"--connections: 5,000 need .* and 4,096 are allowed"):
        load_options.check_connections(5_000, 1)
    with pytest.raises(UsageError, match="--threads: 3 can't share 2 connections"):
        load_options.check_connections(2, 3)


def test_a_duration_is_as_long_as_its_seconds_can_be_kept() -> None:
    hour_ns = 3600 * 10**9
    assert load_options.check_duration(6 * hour_ns, 1) == 6 * hour_ns
    with pytest.raises(UsageError, match=r"--duration: 7 h 00 min .*; try at most 6 h 56 min"):
        load_options.check_duration(7 * hour_ns, 1)
    with pytest.raises(UsageError, match="--duration"):
        load_options.check_duration(6 * hour_ns, 2)


def test_a_threshold_is_of_a_class_that_there_is() -> None:
    two = classes("GET /a", "GET /b")
    fits = [parse_threshold(text) for text in ("p99>1ms", "GET /a.p99>1ms", "GET /b.errors>0")]
    load_options.check_thresholds(fits, two)
    with pytest.raises(
        UsageError,
        match=r"--fail-if: 'json\.p99>1ms' is of a class 'json': there are GET /a, GET /b; try ",
    ):
        load_options.check_thresholds([*fits, parse_threshold("json.p99>1ms")], two)


def test_one_class_is_all_there_is_and_has_no_threshold_of_its_own() -> None:
    load_options.check_thresholds([parse_threshold("p99>1ms")], classes())
    of_it = parse_threshold("GET /x?y.p99>1ms")
    with pytest.raises(UsageError, match=r"of a class 'GET /x.y': there are no classes"):
        load_options.check_thresholds([of_it], classes())
