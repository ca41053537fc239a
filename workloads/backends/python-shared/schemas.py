"""What clients may send, as pydantic models: Flask, FastAPI and aiohttp take them alike."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LARGEST_BODY = 4096


class OrderQuery(BaseModel):
    q: Annotated[str, Field(min_length=1, max_length=50)]


class RowQuery(BaseModel):
    id: Annotated[int, Field(ge=0, le=10**18)]


class RowsQuery(BaseModel):
    n: Annotated[int, Field(ge=1, le=500)]


class FanoutQuery(BaseModel):
    n: Annotated[int, Field(ge=1, le=20)]


class EventsQuery(BaseModel):
    interval: Annotated[int, Field(ge=10, le=60_000)]  # milliseconds


class Item(BaseModel):
    model_config = ConfigDict(strict=True)  # "2" is no number, nor is 2.0

    sku: Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{4}$")]
    quantity: Annotated[int, Field(ge=1, le=999)]
    price_cents: Annotated[int, Field(ge=1, le=10_000_000)]


class Order(BaseModel):
    model_config = ConfigDict(strict=True)

    number: Annotated[int, Field(ge=100, le=999)]
    customer: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@]+@[^@]+$")]
    items: Annotated[list[Item], Field(min_length=1, max_length=50)]
    note: Annotated[str, Field(max_length=1000)]


class PlacedOrder(Order):
    id: int
    q: str
    count: int


class Credentials(BaseModel):
    model_config = ConfigDict(strict=True)

    # With a limit pydantic looks into the text, and finds half of a surrogate pair.
    name: Annotated[str, Field(max_length=LARGEST_BODY)]
    password: Annotated[str, Field(max_length=LARGEST_BODY)]
