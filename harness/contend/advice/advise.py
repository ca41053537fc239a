"""Ranks the servers that people deploy by a need. Pure.

Those that meet all that was asked stand first, by the cores that they take and then by what a
request costs; those of which something isn't known next; those that miss something last.
"""

import math
from collections.abc import Mapping, Sequence

from contend.advice.document import SCHEMA, Advice, Candidate, Cited, Margin
from contend.advice.evidence import known
from contend.advice.need import ANY, Need
from contend.advice.requirements import CLOSED_LOAD, COST, Place, busy_of, candidate, cost_workload
from contend.findings.ahead import IDIOMATIC
from contend.findings.archive import Archive, Missing, machine_words
from contend.findings.figures import SERVER_CPU
from contend.findings.questions import question_of
from contend.stats.compare import compare
from contend.suites.backend import Backend
from contend.suites.suite import Suite


def advise(
    need: Need, archive: Archive, backends: Mapping[str, Backend], suites: Mapping[str, Suite]
) -> Advice:
    """`backends`: those that there are, by name, and `suites` too."""
    asked = {
        name: backend
        for name, backend in backends.items()
        if backend.style == IDIOMATIC
        and backend.least_workers == 1
        and need.language in (ANY, backend.language)
    }
    place = Place(need, archive, suites, cost_workload(need, archive, list(asked)))
    ranked = sorted((candidate(place, name, backend) for name, backend in asked.items()), key=_rank)
    measure = dict.fromkeys(
        answer.measure
        for one in ranked
        if not one.misses
        for answer in one.answers
        if answer.measure and answer.is_met is None
    )
    return Advice(
        schema=SCHEMA,
        need=need,
        machine=machine_words(archive.machine) if archive.machine else "",
        busy=busy_of(need),
        candidates=tuple(ranked),
        margins=_margins(place, ranked),
        unknown=tuple(_unknown(need)),
        measure=tuple(measure),
    )


def _rank(one: Candidate) -> tuple[int, int, float, float, str]:
    cores = math.inf if one.most_cores is None else one.most_cores
    cost = math.inf if one.cost_us is None else one.cost_us
    return one.misses, one.unknown, cores, cost, one.backend


def _margins(place: Place, ranked: Sequence[Candidate]) -> tuple[Margin, ...]:
    """Of the first over those that meet as much; adjusted over all of them, since it was picked out
    of them."""
    if not ranked:
        return ()
    first = ranked[0]
    others = [
        one
        for one in ranked[1:]
        if (one.misses, one.unknown) == (first.misses, first.unknown) and one.cost_us is not None
    ]
    archive, workload, load = place.archive, place.workload, CLOSED_LOAD
    asked = []
    for other in others:
        pair = first.backend, other.backend
        found = archive.find(workload, load, pair, 1)
        if isinstance(found, Missing):
            continue
        sides = [known(archive, workload, load, one, COST) for one in pair]
        kinds = {found.run.header.backends[one].kinds.get("database", "") for one in pair}
        if any(isinstance(one, Missing) or one.cited.run != found.run.id for one in sides):
            continue
        if workload == "database" and len(kinds) > 1:
            continue
        units = [one.units for one in sides if not isinstance(one, Missing)]
        reference = found.reference(workload, load)
        if (question := question_of(SERVER_CPU, units[0], units[1], reference)) is not None:
            cited = Cited(found.run.id, workload, load.word, COST)
            asked.append((other.backend, question, cited))
    answers = compare([question for _, question, _ in asked])
    return tuple(
        Margin(name, answer.ratio, answer.low, answer.high, answer.verdict, cited)
        for (name, _, cited), answer in zip(asked, answers, strict=True)
        if answer.ratio is not None
    )


def _unknown(need: Need) -> list[str]:
    said = []
    if need.cpu_s:
        said.append(
            f"whether {need.cpu} of your code are as much in both languages: workload 6b has the "
            "same loop in each"
        )
    if need.wait_s:
        said.append("how what you wait for behaves under this load: it was a timer here")
    if need.orm:
        said.append("your queries: those of workload 7 are small, on SQLite unless a run says else")
    said.append("your team's speed, hiring and libraries: nothing here measures that")
    return said
