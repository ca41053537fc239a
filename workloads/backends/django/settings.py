"""The project's settings: what `startproject` writes, less what the workloads don't use."""

import os

# "urls" under WSGI. "urls_asgi" has asynchronous views, for which Django's documentation asks for
# no persistent connections to the database.
ROOT_URLCONF = os.environ["ROOT_URLCONF"]

SECRET_KEY = "signs the sessions of one measurement"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib.sessions", "workloads"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4096
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DATABASE"],
        "CONN_MAX_AGE": 0 if ROOT_URLCONF == "urls_asgi" else None,
        "OPTIONS": {
            "init_command": "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000",
            # SQLite refuses to let a transaction write that has read what is out of date.
            "transaction_mode": "IMMEDIATE",
        },
    }
}
