"""Makes the table of the sessions, the only one that is Django's own."""

import django
from django.core.management import call_command
from django.db import connection, connections


def migrate() -> None:
    django.setup()
    call_command("migrate", "sessions", verbosity=0)
    connections.close_all()  # no connection may go along into a worker
    if connection.vendor == "postgresql":
        connection.close_pool()
