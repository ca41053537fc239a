"""What is asked of the table world, and what is answered."""

from pydantic import BaseModel

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500


class Row(BaseModel):
    id: int
    number: int


def ids(count: int) -> list[int]:
    return [FIRST_ID + STRIDE * k % ROWS for k in range(count)]
