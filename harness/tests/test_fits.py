"""Which grids are measured in blocks, and which in trials."""

import pytest
from contend.suites.contract import Contract, Exchange
from contend.suites.fits import MOST_BODY_BYTES, MOST_CONNECTIONS, why_no_blocks, with_measures
from contend.suites.suite import Grid, Suite

ASKED = Exchange(name="hello", path="/", expect_body="Hello")
PUSHED = Exchange(name="event", path="/events", expect_body="e", pushed=True)
HELLO = Contract("Hello", (ASKED,))
CONTRACTS = {
    "hello": HELLO,
    "json": HELLO,
    "chat": Contract("Chat", (ASKED,), protocol="chat"),
    "events": Contract("Events", (PUSHED, ASKED), protocol="event-stream"),
    "echo": Contract("Echo", (ASKED,), protocol="websocket"),
    "bulk": Contract(
        "Bulk", (Exchange("bulk", "/", expect_body="x", expect_times=MOST_BODY_BYTES + 1),)
    ),
    "upload": Contract(
        "Upload", (Exchange("up", "/", method="POST", body="x", body_times=MOST_BODY_BYTES + 1),)
    ),
    "slow": Contract("Slow", (Exchange("slow", "/", read_bytes_per_s=1000),)),
}


def grid(*workloads: str, **given: object) -> Grid:
    return Grid(("a",), workloads, **given)  # type: ignore[arg-type]


def measured(*grids: Grid) -> list[tuple[tuple[str, ...], str | None]]:
    suite = Suite(title="t", budget="1m", seed=1, grid=grids)
    return [(one.workloads, one.measure) for one in with_measures(suite, CONTRACTS).grid]


@pytest.mark.parametrize("name", ["hello", "json", "echo"])
def test_what_fits_into_bursts_is_measured_in_blocks(name: str) -> None:
    assert measured(grid(name)) == [((name,), "blocks")]
    assert measured(grid(name, arrivals="poisson", busy=(0.5,))) == [((name,), "blocks")]
    assert measured(grid(name, connections=MOST_CONNECTIONS)) == [((name,), "blocks")]
    assert measured(grid(name, measure="trials")) == [((name,), "trials")]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (grid("chat"), "chat can't be measured in blocks: chat goes on for longer than a burst"),
        (grid("events"), "events can't be measured in blocks: event-stream goes on for longer"),
        (grid("bulk"), "bulk can't be measured in blocks: a response of bulk takes longer"),
        (grid("upload"), "upload can't be measured in blocks: a response of up takes longer"),
        (grid("slow"), "slow can't be measured in blocks: a response of slow takes longer"),
        (grid("hello", connections=10_000), "10,000 connections can't be opened for each burst"),
        (grid("hello", connections=1_001), "1,001 connections can't be opened for each burst"),
        (
            grid("hello", arrivals="bursts", rates=(5.0,)),
            "arrivals in bursts are due once a second",
        ),
    ],
)
def test_what_does_not_fit_goes_to_trials_and_is_refused_where_blocks_are_asked_for(
    asked: Grid, why: str
) -> None:
    assert measured(asked) == [(asked.workloads, "trials")]
    in_blocks = grid(
        *asked.workloads,
        connections=asked.connections,
        arrivals=asked.arrivals,
        rates=asked.rates,
        measure="blocks",
    )
    with pytest.raises(ValueError, match=why) as caught:
        measured(in_blocks)
    assert str(caught.value).startswith("grid.measure: ") and "\n" not in str(caught.value)


def test_a_utilisation_needs_blocks() -> None:
    with pytest.raises(ValueError, match=r"grid\.busy: chat can't be measured in blocks"):
        measured(grid("chat", arrivals="poisson", busy=(0.5,)))
    with pytest.raises(ValueError, match="busy needs blocks"):
        grid("hello", arrivals="poisson", busy=(0.5,), measure="trials")


def test_a_grid_is_divided_by_what_fits_in_the_order_of_its_workloads() -> None:
    assert measured(grid("hello", "json", "chat", "events", "echo"), grid("bulk")) == [
        (("hello", "json"), "blocks"),
        (("chat", "events"), "trials"),
        (("echo",), "blocks"),
        (("bulk",), "trials"),
    ]


def test_a_body_of_a_mebibyte_fits() -> None:
    big = Exchange("big", "/", expect_body="x", expect_times=MOST_BODY_BYTES)
    assert why_no_blocks(Contract("Big", (big,)), grid("big")) is None
