from flask import Blueprint, render_template

from database import Fortune, db

blueprint = Blueprint("fortunes", __name__)


@blueprint.get("/fortunes")
def fortunes() -> str:
    found = [
        *db.session.scalars(db.select(Fortune)),
        Fortune(id=0, message="Additional fortune added at request time."),
    ]
    found.sort(key=lambda fortune: fortune.message)
    return render_template("fortunes.html", fortunes=found)
