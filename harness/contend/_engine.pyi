"""The typed face of the C++ extension. Times are integers in nanoseconds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

class Histogram:
    """HDR histogram of nanoseconds, 1 ns to 1 hour, 3 significant digits."""

    def __init__(self) -> None: ...
    def record(self, value_ns: int, times: int = 1) -> None: ...
    def add(self, other: Histogram) -> None: ...
    @property
    def count(self) -> int: ...
    @property
    def clamped(self) -> int: ...  # below 0 or above an hour: counted as that; not encoded
    @property
    def min_ns(self) -> int: ...
    @property
    def max_ns(self) -> int: ...
    @property
    def mean_ns(self) -> float: ...
    @property
    def stddev_ns(self) -> float: ...
    def value_at_quantile_ns(self, quantile: float) -> int: ...
    def count_above_ns(self, value_ns: int) -> int: ...
    def encode(self) -> str: ...
    @staticmethod
    def decode(text: str) -> Histogram: ...

class RequestClass:
    name: str
    weight: float
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    expect_status: int
    carries_intended: bool
    is_drawn: bool
    pushed: bool
    read_bytes_per_s: int
    cookies: list[str]
    expect_body: bytes | None
    def __init__(self) -> None: ...

class TlsOptions:
    server_name: str
    verifies: bool
    ca_file: str
    resumes: bool
    def __init__(self) -> None: ...

class TrialSpec:
    """Instructions for one trial; see harness/engine/core/trial_spec.h for the defaults."""

    protocol: str
    protocol_options: dict[str, int]
    host: str
    address: str
    port: int
    unix_path: str  # of a socket of this machine, instead of address and port
    tls: TlsOptions | None
    classes: list[RequestClass]
    arrivals: str
    rate_per_s: float
    stages: list[tuple[int, float]]  # nanoseconds, and requests/s at their end
    recorded_ns: list[int]
    think_ns: int
    seed: int
    keep_alive: bool  # http1: else each request has a connection of its own
    connections: int
    threads: int
    cpus: list[int]
    pacing: Literal["auto", "sleep", "spin", "busy"]
    warmup_ns: int
    duration_ns: int
    max_requests: int
    looks_ns: list[int]
    timeout_ns: int
    deadline_ns: int
    connect_timeout_ns: int
    max_queue: int
    server_pid: int
    beside_pid: int
    most_samples: int
    def __init__(self) -> None: ...

class OutcomeCounts:
    scheduled: int
    resent: int
    def __getitem__(self, outcome: str) -> int:
        """Count of one outcome: ok, timeout, shed, unfinished, connect, reset, protocol,
        status or validation."""

class Slice:
    start_ns: int
    length_ns: int
    outcomes: dict[str, int]
    completed_ok: int
    latency: Histogram

class LatencySeries:
    """Latencies in order of time: a coarse histogram for each sub-batch of equal length."""

    width_ns: int
    counts: NDArray[np.uint64]  # a row a sub-batch, a column a bucket
    edges_ns: NDArray[np.int64]  # of the buckets: one more than those

class ClassResult:
    name: str
    share: float
    requests: OutcomeCounts
    latency: Histogram
    latency_low: Histogram
    latency_high: Histogram
    service_time: Histogram
    lowest_lower_bound_ns: int | None

class StageResult:
    """What was intended within one stage of the rate."""

    requests: OutcomeCounts
    latency: Histogram
    latency_low: Histogram
    latency_high: Histogram
    completed_ok: int  # ok within the stage, whenever intended
    lowest_lower_bound_ns: int | None

class ServerUsage:
    cpu_ns: int
    busiest_thread_ns: int  # the CPU time of the thread that used most of it, or all of it
    max_rss_bytes: int
    rss_growth_bytes: int  # of that, what it did not have before the trial
    end_rss_bytes: int
    max_threads: int
    voluntary_switches: int | None  # none where the threads are too many to be read
    involuntary_switches: int | None

class TrialResult:
    """See harness/engine/core/trial_result.h."""

    warmup_ns: int
    duration_ns: int
    stopped: bool
    requests: OutcomeCounts
    completed_ok: int
    sent: int
    bytes_received: int
    latency: Histogram
    latency_low: Histogram  # as it might have been, had every request been sent when intended:
    latency_high: Histogram  # at a rate; empty in the closed loop
    service_time: Histogram
    send_lag: Histogram
    receive_lag: Histogram  # of the responses that the kernel stamped
    latency_as_read: Histogram  # latency, were it to end when the generator had read the response
    kernel_stamps: bool  # asked for: in the open loop
    own_lateness: Histogram  # the part of send_lag that is not waiting for a free connection
    disturbed: int  # requests whose latency late sends may have moved by more than 50 µs
    lowest_lower_bound_ns: int | None  # a latency quantile from here on is a lower bound
    classes: list[ClassResult]
    stages: list[StageResult]  # of the spec's
    slices: list[Slice]
    latency_series: LatencySeries
    wrong_statuses: dict[int, int]  # of the measure phase's requests, by status
    unasked_responses: int  # that came behind a right one, or to an idle connection
    connections_opened: int
    connections_missing: int
    connect_time: Histogram
    handshake_time: Histogram  # TLS: of each connection that was opened
    handshakes_resumed: int  # of these
    generator_cpu_ns: int
    poll_window_ns: int  # before an intended send, at the end; 2**63 - 1 where it always polled
    busiest_thread_share: float
    generator_max_rss_bytes: int
    run_queue_share: float | None  # of one load thread's time, waiting for its core; the highest
    stalled_ns: int  # in which a load thread stood still, stopped or without its core
    longest_stall_ns: int
    stolen_share: float
    in_flight_seconds: float  # the integral over time of the number of requests in flight
    server: ServerUsage | None
    beside: ServerUsage | None
    samples_ns: NDArray[np.int64]  # rows of intended, sent, completed, outcome (0: ok)
    gaps_ns: NDArray[np.int64]  # rows of begin and end

class Progress:
    """What a running trial reports twice a second."""

    phase: Literal["connect", "warmup", "measure", "drain"]
    elapsed_ns: int  # of the current phase
    completed: int  # responses so far, of all phases
    failed: int
    given_up: int  # of those that failed: timeout, shed, unfinished
    wrong_status: int  # and those that were answered by another status
    latency_series: LatencySeries | None  # at a look of the spec

def run_trial(spec: TrialSpec, progress: Callable[[Progress], bool] | None = None) -> TrialResult:
    """Runs one trial to its end, without the GIL. `progress` is called twice a second
    on the calling thread (so signal handlers run); when it returns False the measure phase
    ends early and the result is marked stopped. Raises ValueError for a spec that cannot be
    run, OSError where the machine refuses (files, cores)."""

class MachineProbe:
    """See harness/engine/load/machine_probe.h."""

    clock_step_ns: int
    clock_cost_ns: int
    timer_lateness: Histogram
    polled_ns: int
    gaps_ns: NDArray[np.int64]  # rows of begin and end

def probe_machine(polling_ns: int, timers: int) -> MachineProbe:
    """Polls the clock for so long, then lets so many timers expire; without the GIL, on the
    caller's cores."""

def deck_size(classes: list[RequestClass]) -> int:
    """The requests after which classes have come in their shares, if these are exact; from 1."""

def arrival_kinds() -> list[tuple[str, str, bool]]:
    """Name, summary and whether it is open loop, of each arrival process."""

def protocol_kinds() -> dict[str, list[str]]:
    """Each protocol with the names of its options."""

class ServerParameter:
    """A parameter that a server kind declares."""

    name: str
    summary: str
    default: str

class ServerKind:
    name: str
    summary: str
    parameters: list[ServerParameter]
    takes_handlers: bool

def server_kinds() -> list[ServerKind]:
    """The reference servers: models, null, oracle, python-callable."""

def serve(
    kind: str,
    parameters: Mapping[str, str],
    port: int,
    handlers: Sequence[tuple[float, str | None]],
    on_listening: Callable[[int], None],
    stop_descriptor: int,
    compute: Callable[[int], None] | None = None,
) -> None:
    """Runs a reference server on 127.0.0.1 until `stop_descriptor` can be read, waiting without
    the GIL. `handlers` are (weight, handler program) pairs of the mix, by class; None answers
    at once. `on_listening(port)` is called once. `compute(cpu_ns)`, which python-callable
    needs and no other takes, burns CPU for each cpu step, and is called with 0 for /plaintext and
    /json. Raises ValueError for parameters that don't fit, OSError when it can't listen."""
