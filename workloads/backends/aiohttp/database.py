"""What the workloads ask of a database, whichever it is."""

from typing import Protocol

from aiohttp import web

Row = dict[str, int]


class Database(Protocol):
    async def read_row(self, row_id: int) -> Row | None: ...

    async def read_rows(self, ids: list[int]) -> list[Row | None]:
        """One after the other, by a statement each."""
        ...

    async def update_row(self, row_id: int) -> Row | None: ...

    async def read_fortunes(self) -> list[tuple[int, str]]: ...


DATABASE = web.AppKey("database", Database)
