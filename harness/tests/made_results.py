"""Trial results made by hand, as the engine would give them: for tests that need no socket."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from contend._engine import Histogram
from contend.trials.document import OUTCOMES

S_NS = 1_000_000_000


class Counts(dict[str, int]):
    """Outcome counts that add up."""

    def __init__(self, resent: int = 0, **counts: int) -> None:
        super().__init__({**dict.fromkeys(OUTCOMES, 0), **counts})
        self.resent = resent
        self.scheduled = sum(self.values())


def histogram(values: Mapping[int, int] | Sequence[int] = ()) -> Histogram:
    """Of values, or of values with how often each came."""
    made = Histogram()
    for value in values:
        made.record(value, values[value] if isinstance(values, Mapping) else 1)
    return made


def one_slice(start_ns: int, completed_ok: int, **outcomes: int) -> Any:
    return SimpleNamespace(
        start_ns=start_ns,
        length_ns=S_NS,
        outcomes=dict(Counts(**outcomes)),
        completed_ok=completed_ok,
        latency=histogram(),
    )


def one_class(name: str, share: float, requests: Counts, latency: Histogram, **given: Any) -> Any:
    made = {
        "name": name,
        "share": share,
        "requests": requests,
        "latency": latency,
        "latency_low": histogram(),
        "latency_high": histogram(),
        "service_time": latency,
        "lowest_lower_bound_ns": None,
        **given,
    }
    return SimpleNamespace(**made)


def usage(cpu_ns: int, busiest_ns: int = 0) -> Any:
    return SimpleNamespace(
        cpu_ns=cpu_ns,
        busiest_thread_ns=busiest_ns,
        max_rss_bytes=50 << 20,
        max_threads=1,
        rss_growth_bytes=0,
        end_rss_bytes=0,
        voluntary_switches=0,
        involuntary_switches=0,
    )


def result(**given: Any) -> Any:
    """1,000 requests, all right within 10 s, of a generator that was never late."""
    made = {
        "warmup_ns": S_NS,
        "duration_ns": 10 * S_NS,
        "stopped": False,
        "requests": Counts(ok=1000),
        "sent": 1000,
        "bytes_received": 100_000,
        "latency": histogram({1_000_000: 1000}),
        "latency_low": histogram(),
        "latency_high": histogram(),
        "service_time": histogram({900_000: 1000}),
        "send_lag": histogram({20_000: 1000}),
        "own_lateness": histogram({20_000: 1000}),
        "disturbed": 0,
        "receive_lag": histogram(),
        "latency_as_read": histogram({1_000_000: 1000}),
        "kernel_stamps": False,
        "lowest_lower_bound_ns": None,
        "classes": [],
        "slices": [one_slice(second * S_NS, 100, ok=100) for second in range(10)],
        "wrong_statuses": {},
        "unasked_responses": 0,
        "connections_opened": 64,
        "connections_missing": 0,
        "connect_time": histogram({100_000: 64}),
        "generator_cpu_ns": S_NS,
        "poll_window_ns": 0,
        "busiest_thread_share": 0.1,
        "generator_max_rss_bytes": 40 << 20,
        "run_queue_share": 0.0,
        "stalled_ns": 0,
        "longest_stall_ns": 0,
        "stolen_share": 0.0,
        "server": None,
        **given,
    }
    made.setdefault("completed_ok", made["requests"]["ok"])
    times = (made["service_time"], made["receive_lag"])
    spent_ns = sum(one.mean_ns * one.count for one in times if one.count)
    made.setdefault("in_flight_seconds", spent_ns / S_NS)
    return SimpleNamespace(**made)
