from gunicorn.arbiter import Arbiter


def on_starting(server: Arbiter) -> None:
    """Before there are workers, which would migrate at once."""
    from migrate import migrate

    migrate()
