"""The most connections at which a server keeps up."""

import pytest
from contend.suites.search import WITHIN, next_connections


def searched(limit: int, first: int = 128, most: int = 8192) -> dict[int, bool]:
    """What is tried of a server that keeps up with `limit` and no more."""
    tried: dict[int, bool] = {}
    while (following := next_connections(first, most, tried)) is not None:
        assert following not in tried
        tried[following] = following <= limit
    return tried


@pytest.mark.parametrize("limit", [128, 129, 300, 511, 512, 1000, 5000, 8191])
def test_it_ends_within_five_percent(limit: int) -> None:
    tried = searched(limit)
    most = max(one for one, kept in tried.items() if kept)
    fewest = min(one for one, kept in tried.items() if not kept)
    assert most <= limit < fewest <= (1 + WITHIN) * most
    assert len(tried) <= 14


def test_it_doubles_first() -> None:
    assert list(searched(1100))[:5] == [128, 256, 512, 1024, 2048]


def test_who_keeps_up_with_all_is_not_bisected() -> None:
    assert list(searched(10_000)) == [128, 256, 512, 1024, 2048, 4096, 8192]
    assert list(searched(10_000, most=300)) == [128, 256, 300]


def test_who_does_not_keep_up_with_the_first_is_done() -> None:
    assert searched(100) == {128: False}


def test_what_failed_below_decides() -> None:
    """A fixed grid has tried more than the search would have."""
    assert next_connections(128, 8192, {128: True, 256: False, 512: True}) == 180


def test_numbers_are_whole_rooms() -> None:
    assert all(one % 4 == 0 for one in searched(777))
