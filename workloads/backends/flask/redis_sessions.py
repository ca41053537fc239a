from typing import Any

from redis import Redis


def redis_config(url: str) -> dict[str, Any]:
    return {"SESSION_TYPE": "redis", "SESSION_REDIS": Redis.from_url(url)}
