"""The workloads on Flask: `gunicorn "app:create_app()"`."""

import os
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from flask import Flask
from flask_session import Session
from pydantic import ValidationError

import accounts
import basics
import bulk
import fanout
import fortunes
import orders
import world
from cpu_work import calibrate
from database import DATABASE, IS_POSTGRESQL, database_config, db
from schemas import LARGEST_BODY


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        # Flask's default writes every session again at every request, to put its end off.
        SESSION_REFRESH_EACH_REQUEST=False,
        **database_config(),
        **session_config(),
    )
    db.init_app(app)
    for part in (basics, orders, fanout, world, fortunes, bulk):
        app.register_blueprint(part.blueprint)
    # Sessions are kept in SQLite or in Redis: beside PostgreSQL there are no accounts.
    if not IS_POSTGRESQL:
        # Each worker makes the table of the sessions if there is none: not two at once.
        with Path(f"{DATABASE}.sessions").open("w") as turn:
            flock(turn, LOCK_EX)
            Session(app)
        app.register_blueprint(accounts.blueprint)
    app.register_error_handler(ValidationError, unprocessable)
    calibrate()
    return app


def session_config() -> dict[str, Any]:
    """Of Flask-Session: in Redis where there is one, else in the database."""
    if url := os.environ["REDIS"]:
        from redis_sessions import redis_config  # only where it is used: memory is measured

        return redis_config(url)
    return {"SESSION_TYPE": "sqlalchemy", "SESSION_SQLALCHEMY": db}


def unprocessable(error: ValidationError) -> tuple[dict[str, Any], int]:
    return {
        "errors": error.errors(include_url=False, include_context=False, include_input=False)
    }, 422
