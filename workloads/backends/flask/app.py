"""The workloads on Flask: `gunicorn "app:create_app()"`."""

import os
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
from database import db
from schemas import LARGEST_BODY


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{os.environ['DATABASE']}",
        SESSION_TYPE="sqlalchemy",
        SESSION_SQLALCHEMY=db,
        # Flask's default writes every session again at every request, to put its end off.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    db.init_app(app)
    Session(app)
    for part in (basics, orders, fanout, world, fortunes, accounts, bulk):
        app.register_blueprint(part.blueprint)
    app.register_error_handler(ValidationError, unprocessable)
    calibrate()
    return app


def unprocessable(error: ValidationError) -> tuple[dict[str, Any], int]:
    return {
        "errors": error.errors(include_url=False, include_context=False, include_input=False)
    }, 422
