from flask import Blueprint, abort, current_app, request, session

from database import Account, db
from passwords import is_password
from schemas import Credentials

blueprint = Blueprint("accounts", __name__)


@blueprint.post("/login")
def login() -> dict[str, str]:
    given = Credentials.model_validate_json(request.get_data())
    account = db.session.get(Account, given.name)
    if account is None or not is_password(given.password, account.salt, account.password):
        abort(401)
    current_app.session_interface.regenerate(session)  # no session of before goes on
    session["name"] = account.name
    return {"name": account.name}


@blueprint.get("/me")
def me() -> dict[str, str]:
    if "name" not in session:
        abort(401)
    return {"name": session["name"]}
