"""What a run says across its tables, as rows of text: numbers of clients and memory, and how long
servers take to start. Pure."""

from contend.findings.table import Across, Tables
from contend.reports.numbers import ABSENT, UNKNOWN_DIGITS, number
from contend.trials.keeps_up import MOST_P95_NS

CLIENTS_HEAD = f"most chat clients at p95 ≤ {MOST_P95_NS // 1_000_000} ms, none lost"
BROKE_HEAD = "fewest with whom it didn't keep up"
MEMORY_HEAD = "memory a connection, KiB"
# Servers are asked every millisecond whether they are ready.
# Each server burns a fifth of a second of CPU at its start, to calibrate workload 6a.
START_HEADS = (
    "backend",
    "cold start to the first 200, with calibration, median ms",
    "starts",
)
# Where blocks warmed it up: of the closed loop that does so, medians.
WARM_UP_HEADS = (
    "until 95% of its rate, s",
    "first goodput, of its last",
    "first p99, ms",
    "last p99, ms",
)
_CLIMBING = ", still climbing"


def heads(tables: Tables) -> list[str]:
    """Of the columns that have something in them; none where nothing has."""
    clients = any(one.most_clients is not None for one in tables.across)
    memory = any(one.bytes_per_connection is not None for one in tables.across)
    shown = {CLIENTS_HEAD: clients, BROKE_HEAD: clients, MEMORY_HEAD: memory}
    titles = [head for head, is_shown in shown.items() if is_shown]
    return ["backend", *titles] if titles else []


def cells(tables: Tables, one: Across) -> list[str]:
    titles = heads(tables)
    found = [one.backend]
    if CLIENTS_HEAD in titles:
        least = "≥ " if one.is_least else ""
        found.append(ABSENT if one.most_clients is None else f"{least}{one.most_clients:,}")
        broke = ABSENT if one.broke_at is None else f"{one.broke_at:,}: {one.why_broken}"
        found.append(broke)
    if MEMORY_HEAD in titles:
        memory = one.bytes_per_connection
        found.append(ABSENT if memory is None else number(memory / 1024, UNKNOWN_DIGITS))
    return found


def rows(tables: Tables) -> list[list[str]]:
    """Those with the most clients first, and of them those that need the least."""

    def place(one: Across) -> tuple[int, float]:
        return -(one.most_clients or 0), one.bytes_per_connection or 0.0

    return [cells(tables, one) for one in sorted(tables.across, key=place)]


def start_heads(tables: Tables) -> list[str]:
    """Of what servers do after their start; none where nothing is known of it."""
    if not any(one.cold_start_ns is not None for one in tables.across):
        return []
    warmed = any(one.climbed_ns is not None for one in tables.across)
    return [*START_HEADS, *(WARM_UP_HEADS if warmed else ())]


def start_rows(tables: Tables) -> list[list[str]]:
    """The quickest first."""
    known = [one for one in tables.across if one.cold_start_ns is not None]
    return [
        [
            *(one.backend, f"{(one.cold_start_ns or 0) / 1e6:,.0f}", f"{one.cold_starts}"),
            *(_warm_up(one) if len(start_heads(tables)) > len(START_HEADS) else ()),
        ]
        for one in sorted(known, key=lambda one: one.cold_start_ns or 0)
    ]


def _warm_up(one: Across) -> list[str]:
    climbing = "" if one.always_steady else _CLIMBING
    return [
        ABSENT if one.climbed_ns is None else f"{one.climbed_ns / 1e9:.2g}{climbing}",
        ABSENT if one.first_goodput is None else f"{one.first_goodput:.0%}",
        *(_ms(time_ns) for time_ns in (one.first_p99_ns, one.last_p99_ns)),
    ]


def _ms(time_ns: float | None) -> str:
    return ABSENT if time_ns is None else number(time_ns / 1e6, UNKNOWN_DIGITS)
