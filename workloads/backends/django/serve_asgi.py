"""The project on uvicorn, after its migration: uvicorn has no hook of its own for it."""

import argparse

import uvicorn

from migrate import migrate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()

    migrate()
    uvicorn.run(
        "asgi:application",
        port=options.port,
        workers=options.workers,
        loop="asyncio",
        http="h11",
        lifespan="off",  # Django has none
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,  # streams would go on without end
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
