"""How tables put figures, intervals and verdicts into words. Pure functions of text."""

import math

from contend.findings.across import MOST_P95_NS
from contend.findings.table import Across, Errors, Head, Row, Table, Tables
from contend.stats.compare import MARGIN, UNRESOLVED, Comparison
from contend.stats.estimate import CONFIDENCE, FULL_TRIALS, Estimate

ABSENT = "–"  # noqa: RUF001 (an en dash: nothing was measured)
FEW = "†"  # fewer trials than a full statement needs


def number(value: float) -> str:
    """Three significant digits, never in scientific notation: 0.0812, 4.10, 1,230, 61,400."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else ABSENT
    rounded = float(f"{value:.2e}")
    digits = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{digits}f}"


def percent(share: float) -> str:
    """A share with two significant digits: 0.85%, 1.6%, 24%."""
    shown = 100 * share
    if shown == 0:
        return "0%"
    digits = max(0, 1 - math.floor(math.log10(abs(float(f"{shown:.1e}")))))
    return f"{shown:,.{min(digits, 3)}f}%"


def value(found: Estimate | None) -> str:
    """The figure alone, with ≥ where it is a lower bound."""
    if found is None:
        return ABSENT
    return f"{'≥' if found.is_lower_bound else ''}{number(found.value)}"


_MOST_SPREAD = 10.0


def spread(found: Estimate | None, n: int) -> str:
    """± the share that the interval reaches above the value; nothing where there is no interval.

    A figure that fewer trials have than the row says so itself.
    """
    if found is None:
        return ""
    mark = f" n={found.n}" if found.n != n else ""
    if found.spread is None:
        return mark
    # Beyond it the digits say nothing but that the figure isn't known.
    shown = f"±{percent(found.spread)}" if found.spread < _MOST_SPREAD else f">±{_MOST_SPREAD:.0%}"
    return f"{shown}{mark}"


def trials(row: Row) -> str:
    """How many trials are behind a row; marked when they are few."""
    return f"{row.n}{FEW if is_few(row) else ''}"


def is_few(row: Row) -> bool:
    return 0 < row.n < FULL_TRIALS


def errors(found: Errors | None) -> str:
    if found is None:
        return ABSENT
    return percent(found.share) if found.share else "0"


def causes(found: Errors) -> str:
    counted = ", ".join(f"{count:,} {cause}" for cause, count in found.causes.items())
    return f"{counted} of {found.requests:,} requests"


def verdict(found: Comparison | None) -> str:
    """The verdict with its ratio: slower, 2.41 times the reference's figure."""
    if found is None:
        return ABSENT
    if found.ratio is None:
        return f"{found.verdict}: {found.why}"
    mark = "" if found.is_full else FEW
    return f"{found.verdict}{mark}, {ratio(found)}"


def ratio(found: Comparison) -> str:
    """With ≥ or ≤ where one of the two figures is a lower bound."""
    if found.ratio is None:
        return ABSENT
    bound = "≥" if found.high is None else "≤" if found.low is None else ""
    return f"{bound}{number(found.ratio)}×"  # noqa: RUF001


def ratio_interval(found: Comparison | None) -> str:
    """The ratio's ends, 2.33 to 2.50; an end that isn't known is left open."""
    if found is None or found.ratio is None:
        return ""
    low, high = found.low, found.high
    if low is None:
        return f"≤ {number(high)}" if high is not None else ""
    return f"≥ {number(low)}" if high is None else f"{number(low)}–{number(high)}"  # noqa: RUF001


def name(row: Row) -> str:
    """A backend's name; a model or a baseline is called so, and so is what was overloaded."""
    style = "" if row.style in ("", "idiomatic") else f" ({row.style})"
    return f"{row.backend}{style}{', overloaded' if row.overloaded else ''}"


def title(table: Table) -> str:
    return f"{table.title}: {table.setting}"


def shown_heads(table: Table) -> list[Head]:
    """The columns that some row has a figure for."""
    return [head for head in table.heads if any(head.name in row.figures for row in table.rows)]


def compared_heads(table: Table) -> list[Head]:
    return [head for head in table.heads if any(head.name in row.comparisons for row in table.rows)]


def asked(row: Row) -> str:
    return ABSENT if row.asked_per_s is None else f"{number(row.asked_per_s)}"


def body_bytes(row: Row) -> str:
    """Of a mix, each class's in the contract's order."""
    if not row.body_bytes:
        return ABSENT
    return ", ".join("/".join(f"{n:,}" for n in lengths) for lengths in row.body_bytes.values())


def warnings(tables: Tables) -> list[str]:
    """What a reader must know before any figure."""
    said = []
    if not tables.complete:
        said.append(
            f"Incomplete run: {tables.trials} trials are stored, and no closing line. "
            f"contend suite {tables.suite} --resume goes on with it."
        )
    if tables.torn is not None:
        torn_bytes = tables.torn.partition(": ")[2] or tables.torn
        said.append(f"The stored run has {torn_bytes}.")
    return said


def machine(tables: Tables) -> str:
    found = tables.environment.machine
    cores = f"{found.cores} core{'s' if found.cores != 1 else ''}"
    kind = {True: "virtual machine", False: "bare metal", None: None}[found.virtualised]
    memory = None if found.memory_bytes is None else f"{found.memory_bytes / 2**30:.3g} GiB"
    governor = None if found.governor is None else f"governor {found.governor}"
    parts = [found.cpu_model or "unknown CPU", cores, memory, kind, governor]
    return ", ".join(part for part in (*parts, f"Linux {found.kernel}") if part)


def cores(tables: Tables) -> str:
    server = "core" if len(tables.server_cores) == 1 else "cores"
    generator = "core" if len(tables.generator_cores) == 1 else "cores"
    shared = " (shared)" if set(tables.server_cores) & set(tables.generator_cores) else ""
    return (
        f"servers on {server} {_list(tables.server_cores)}, "
        f"generator on {generator} {_list(tables.generator_cores)}{shared}"
    )


def software(tables: Tables) -> str:
    found = tables.environment.software
    versions = [f"{name} {version}" for name, version in sorted(found.versions.items())]
    engine = f" (engine {found.engine_hash})" if found.engine_hash else ""
    return ", ".join([f"contend {found.contend}{engine}", *versions])


def protocol(tables: Tables) -> str:
    return (
        f"{tables.starts} fresh starts a cell unless n says otherwise, interleaved in an order "
        f"drawn from seed {tables.seed}; {tables.duration} measured after {tables.warmup} of "
        f"warm-up; pacing {tables.pacing}"
    )


def interval() -> str:
    return (
        f"n is the number of valid trials, each with a server of its own, and the unit of all "
        f"statistics. Figures are geometric means. ± reaches to the high end of the "
        f"{CONFIDENCE:.0%} t-interval on their logs; the low end is the value divided by as much. "
        f"{FEW}: fewer than {FULL_TRIALS} trials, no full statement. "
        f"≥: a lower bound, for requests were given up."
    )


def comparing(reference: str) -> str:
    return (
        f"Comparisons are ratios to {reference}'s figure, with Welch's t-interval on the logs, "
        f"adjusted by Holm over each table so that any verdict in it is wrong with a chance "
        f"of at most {1 - CONFIDENCE:.0%}. faster, slower: the interval lies wholly beyond "
        f"÷{1 + MARGIN:.2f} or ×{1 + MARGIN:.2f}; tie: wholly between; {UNRESOLVED}: neither. "  # noqa: RUF001
        "The words are about speed: less time or CPU is faster."
    )


def ceiling(tables: Tables) -> str | None:
    found = tables.null_goodput
    if found is None:
        return None
    return (
        f"Ceiling: the null server reached {number(found.value)}/s ({tables.null_setting}), where "
        "the generator may be the limit itself. A row near or above that shows the generator and "
        "the kernel more than its server."
    )


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _list(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


CLIENTS_HEAD = f"most chat clients at p95 ≤ {MOST_P95_NS // 1_000_000} ms, none lost"
MEMORY_HEAD = "memory a connection, KiB"
# Servers are asked every millisecond whether they are ready.
# Each server burns 50 ms and then 100 ms of CPU at its start, to calibrate workload 6a.
COLD_HEAD = "cold start to the first 200, with 150 ms of calibration, median ms (n)"


def across_heads(tables: Tables) -> list[str]:
    """Of the columns that have something in them."""
    clients = any(one.most_clients is not None for one in tables.across)
    memory = any(one.bytes_per_connection is not None for one in tables.across)
    cold = any(one.cold_start_ns is not None for one in tables.across)
    shown = {CLIENTS_HEAD: clients, MEMORY_HEAD: memory, COLD_HEAD: cold}
    return ["backend", *(head for head, is_shown in shown.items() if is_shown)]


def across_cells(tables: Tables, one: Across) -> list[str]:
    heads = across_heads(tables)
    cells = [one.backend]
    if CLIENTS_HEAD in heads:
        least = "≥ " if one.is_least else ""
        cells.append(ABSENT if one.most_clients is None else f"{least}{one.most_clients:,}")
    if MEMORY_HEAD in heads:
        memory = one.bytes_per_connection
        cells.append(ABSENT if memory is None else number(memory / 1024))
    if COLD_HEAD in heads:
        cold_ns = one.cold_start_ns
        cells.append(ABSENT if cold_ns is None else f"{cold_ns / 1e6:,.0f} ({one.cold_starts})")
    return cells
