from django.contrib.sessions.middleware import SessionMiddleware
from django.urls import path

from workloads.views import accounts, basics, fanout, fortunes, orders, world

urlpatterns = [
    path("plaintext", basics.plaintext),
    path("json", basics.json),
    path("delay/<int:ms>", basics.delay),
    path("cpu/<int:ms>", basics.cpu),
    path("work", basics.work),
    path("orders/<order_id>", orders.place_order),
    path("fanout", fanout.fanout),
    path("db", world.one_row),
    path("queries", world.many_rows),
    path("update", world.update),
    path("fortunes", fortunes.fortunes),
    path("login", SessionMiddleware(accounts.login)),
    path("me", SessionMiddleware(accounts.me)),
]
