"""On what, how often and by what rules a run was measured, in words. Pure."""

from collections.abc import Callable, Sequence

from contend.findings.table import BLOCKS, TRIALS, Table, Tables
from contend.reports import wording
from contend.stats.compare import MARGIN
from contend.stats.estimate import CONFIDENCE, FULL_TRIALS

# As servers/interpreter.py describes a runtime that has a newer release.
OLD = "not the current release"


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
    versions = tables.environment.software.versions.items()
    if old := [f"{name} {version}" for name, version in versions if OLD in version]:
        said.append(
            f"{'; '.join(old)}: its rows tell of that release, and not of the current one, on "
            "which scripts/suite measures as root."
        )
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
    measured = [_MEASURED[unit](tables) for unit in units_of(tables)]
    return f"{'; '.join(measured)}; orders drawn from seed {tables.seed}; pacing {tables.pacing}"


def _in_trials(tables: Tables) -> str:
    return (
        f"{tables.starts} fresh starts of each server unless n says otherwise, interleaved, each "
        f"measured for {tables.duration} after {tables.warmup} of warm-up"
    )


def _in_blocks(tables: Tables) -> str:
    return (
        "blocks of fresh servers that are alive together, each warmed until its rate no longer "
        f"climbs, then measured for {tables.block_time} in the closed loop and about "
        f"{tables.open_block_time} at each rate, in turns of a quarter or half a second, which are "
        "the same requests for all where there are cheap and dear ones"
    )


_MEASURED = {TRIALS: _in_trials, BLOCKS: _in_blocks}


def caption(
    tables: Tables, table: Table, text: Callable[[str], str], code: Callable[[str], str]
) -> str:
    """One table's caption: on what, how often, for how long, with what interval, and how again.
    `text` makes foreign text harmless, `code` marks a command as one."""
    counts = sorted({row.n for row in table.rows if row.n})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}" if counts else "no"
    unit = table.unit.removesuffix("s") if counts == [1] else table.unit
    time = tables.duration
    if table.unit == BLOCKS:
        time = tables.open_block_time if table.is_open else tables.block_time
    cpu = tables.environment.machine.cpu_model or "unknown CPU"
    return (
        f"{n} {unit} with {time} of each server on {text(cpu)}; {CONFIDENCE:.0%} intervals; "
        f"again: {code(f'contend suite {tables.suite}')}"
    )


_UNITS = {
    TRIALS: "n counts valid trials, each with a server of its own",
    BLOCKS: "n counts blocks, in each of which fresh servers of a whole table are alive at the "
    "same time and loaded in turns",
}
_INTERVALS = {
    TRIALS: "Welch's t-interval on the logs",
    BLOCKS: "the interval between blocks, a block's ratio being the median of its rounds'; a suite "
    "looks at its blocks twice, and the first look has 30% of the risk",
}


def units_of(tables: Tables) -> list[str]:
    """Of the tables, each once."""
    return list(dict.fromkeys(table.unit for table in tables.tables))


def interval(units: Sequence[str] = (TRIALS,)) -> str:
    counted = "; ".join(_UNITS[unit] for unit in units)
    return (
        f"{counted}; it is the unit of all statistics. Figures are geometric means "
        f"with {CONFIDENCE:.0%} intervals: ± reaches to the high end, and the low end is the value "
        "divided by as much. A figure that is known to less than a factor of two is printed as its "
        "interval alone, and no figure has more digits than its interval deserves. "
        f"{wording.FEW}: fewer than {FULL_TRIALS}, no full statement. "
        f"≥: a lower bound, for requests were given up."
    )


def comparing(tables: Tables, units: Sequence[str] = (TRIALS,)) -> str:
    by = "; ".join(_INTERVALS[unit] for unit in units)
    kinds = list(dict.fromkeys(table.kind for table in tables.tables if table.kind))
    apart = f"{_list(kinds)}: each has tables and a reference of its own. " if kinds[1:] else ""
    return (
        f"{apart}Ratios are to {' or '.join(tables.references)}'s figure: by {by}, adjusted by "
        f"Holm over each table so that any verdict in it is wrong with a chance of at most "
        f"{1 - CONFIDENCE:.0%}. faster, slower: the interval lies wholly beyond "
        f"÷{1 + MARGIN:.2f} or ×{1 + MARGIN:.2f}; "  # noqa: RUF001
        f"tie: wholly between. Neither: it is undecided, and the interval stands there alone, "
        f"without a word. The words are about speed: less time or CPU is faster."
    )


def ceiling(tables: Tables) -> str | None:
    found = tables.null_goodput
    if found is None:
        return None
    reached = wording.figure(found, found.n)
    return (
        f"Ceiling: the null server reached {reached} a second ({tables.null_setting}), where the "
        "generator may be the limit itself. A row near or above that shows the generator and the "
        "kernel more than its server."
    )


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _list(numbers: Sequence[object]) -> str:
    return ", ".join(map(str, numbers))
