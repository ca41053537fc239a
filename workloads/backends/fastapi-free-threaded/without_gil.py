"""The app of ../fastapi, which doesn't start where a GIL is on: `uvicorn without_gil:app`.

An extension that isn't made for it can have switched it on; by its start the app has imported all.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from main import State, app, lifespan


@asynccontextmanager
async def without_gil(app: FastAPI) -> AsyncIterator[State]:
    async with lifespan(app) as state:
        if getattr(sys, "_is_gil_enabled", lambda: True)():
            raise RuntimeError("the GIL is on: this would be measured as what it is not")
        yield state


app.router.lifespan_context = without_gil
