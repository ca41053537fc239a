"""The workloads' SQL on aiosqlite."""

import aiosqlite

from database import Row
from sqlite_pool import Pool


class SqliteDatabase:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read_row(self, row_id: int) -> Row | None:
        async with self._pool.connection() as connection:
            return await _read_row(connection, row_id)

    async def read_rows(self, ids: list[int]) -> list[Row | None]:
        async with self._pool.connection() as connection:
            return [await _read_row(connection, row_id) for row_id in ids]

    async def update_row(self, row_id: int) -> Row | None:
        async with self._pool.transaction() as connection:
            row = await _read_row(connection, row_id)
            if row is not None:
                row["number"] = row_id
                await connection.execute("UPDATE world SET number = :number WHERE id = :id", row)
        return row

    async def read_fortunes(self) -> list[tuple[int, str]]:
        rows = await self._pool.execute("SELECT id, message FROM fortune")
        return [(number, message) for number, message in rows]


async def _read_row(connection: aiosqlite.Connection, row_id: int) -> Row | None:
    query = "SELECT id, number FROM world WHERE id = ?"
    for found, number in await connection.execute_fetchall(query, (row_id,)):
        return {"id": found, "number": number}
    return None
