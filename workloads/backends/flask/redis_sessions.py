import os
from typing import Any

from redis import BlockingConnectionPool, Redis


def redis_config(url: str) -> dict[str, Any]:
    pool = BlockingConnectionPool.from_url(url, max_connections=int(os.environ["POOL"]))
    return {"SESSION_TYPE": "redis", "SESSION_REDIS": Redis(connection_pool=pool)}
