"""The same paths with asynchronous views; what computes is left to a thread, as Django has it."""

from django.contrib.sessions.middleware import SessionMiddleware
from django.urls import path

from workloads.async_views import accounts, basics, bulk, events, fanout, fortunes, orders, world
from workloads.views.basics import cpu, work

urlpatterns = [
    path("plaintext", basics.plaintext),
    path("json", basics.json),
    path("delay/<int:ms>", basics.delay),
    path("cpu/<int:ms>", cpu),
    path("work", work),
    path("orders/<order_id>", orders.place_order),
    path("fanout", fanout.fanout),
    path("db", world.one_row),
    path("queries", world.many_rows),
    path("update", world.update),
    path("fortunes", fortunes.fortunes),
    path("login", SessionMiddleware(accounts.login)),
    path("me", SessionMiddleware(accounts.me)),
    path("events", events.events),
    path("download", bulk.download),
    path("upload", bulk.upload),
]
