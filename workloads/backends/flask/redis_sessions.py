from redis import Redis


def connect(url: str) -> Redis:
    return Redis.from_url(url)
