"""The workloads' SQL on asyncpg, which prepares each statement once a connection."""

import asyncpg

from database import Row

_ROW = "SELECT id, number FROM world WHERE id = $1"


class PostgresqlDatabase:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def read_row(self, row_id: int) -> Row | None:
        return _as_dict(await self._pool.fetchrow(_ROW, row_id))

    async def read_rows(self, ids: list[int]) -> list[Row | None]:
        async with self._pool.acquire() as connection:
            return [_as_dict(await connection.fetchrow(_ROW, row_id)) for row_id in ids]

    async def update_row(self, row_id: int) -> Row | None:
        async with self._pool.acquire() as connection, connection.transaction():
            row = _as_dict(await connection.fetchrow(f"{_ROW} FOR UPDATE", row_id))
            if row is not None:
                row["number"] = row_id
                update = "UPDATE world SET number = $1 WHERE id = $2"
                await connection.execute(update, row["number"], row["id"])
        return row

    async def read_fortunes(self) -> list[tuple[int, str]]:
        rows = await self._pool.fetch("SELECT id, message FROM fortune")
        return [(number, message) for number, message in rows]


def _as_dict(record: asyncpg.Record | None) -> Row | None:
    return record and dict(record)
