"""The project's settings: what `startproject` writes, less what the workloads don't use."""

import os
from urllib.parse import urlsplit

# "urls" under WSGI. "urls_asgi" has asynchronous views, for which Django's documentation asks for
# no persistent connections to the database.
ROOT_URLCONF = os.environ["ROOT_URLCONF"]

SECRET_KEY = "signs the sessions of one measurement"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib.sessions", "workloads"]
MIDDLEWARE: list[str] = []  # that of sessions stands around the views that have them
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4096

DATABASE = urlsplit(os.environ["DATABASE"])
POOL = int(os.environ["POOL"])
if DATABASE.scheme == "postgresql":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE.path.removeprefix("/"),
            "USER": DATABASE.username,
            "PASSWORD": DATABASE.password,
            "HOST": DATABASE.hostname,
            "PORT": DATABASE.port,
            "OPTIONS": {"pool": {"min_size": POOL, "max_size": POOL}},
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATABASE.path,
            "CONN_MAX_AGE": 0 if ROOT_URLCONF == "urls_asgi" else None,
            "OPTIONS": {
                "init_command": "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000",
                # SQLite refuses to let a transaction write that has read what is out of date.
                "transaction_mode": "IMMEDIATE",
            },
        }
    }

if REDIS := os.environ["REDIS"]:
    SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS,
            "OPTIONS": {"pool_class": "redis.BlockingConnectionPool", "max_connections": POOL},
        }
    }
