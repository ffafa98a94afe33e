"""The bridge fund: off unless head office has opened it."""

from django.urls import path

from contributions.views import bridge

urlpatterns = [
    path("keuangan/dana-talangan/", bridge.bridge_fund, name="bridge_fund"),
    path("keuangan/dana-talangan/usul/", bridge.bridge_propose, name="bridge_propose"),
    path("keuangan/dana-talangan/<uuid:uuid>/buka/", bridge.bridge_confirm, name="bridge_confirm"),
    path("keuangan/dana-talangan/<uuid:uuid>/tutup/", bridge.bridge_close, name="bridge_close"),
    path(
        "keuangan/dana-talangan/mutasi/<uuid:uuid>/", bridge.bridge_receive, name="bridge_receive"
    ),
    path(
        "keuangan/dana-talangan/masuk/<uuid:uuid>/keluar/",
        bridge.bridge_take_back,
        name="bridge_take_back",
    ),
]
