"""The registry: workers, corrections of their data, events of their lives."""

from django.urls import path

from workers.views import changes, registry, unreached

urlpatterns = [
    path("cabang/pekerja/", registry.workers, name="workers"),
    path("cabang/pekerja/cari/", registry.worker_search, name="worker_search"),
    path("cabang/pekerja/<uuid:uuid>/", registry.worker, name="worker"),
    path("cabang/pekerja/<uuid:uuid>/tampilkan/", registry.worker_reveal, name="worker_reveal"),
    path("cabang/pekerja/<uuid:uuid>/ubah/", changes.worker_change, name="worker_change"),
    path("cabang/pekerja/<uuid:uuid>/peristiwa/", registry.worker_event, name="worker_event"),
    path("cabang/peristiwa/<uuid:uuid>/batal/", registry.event_revoke, name="event_revoke"),
    path("cabang/pesan-gagal/", unreached.failed_messages, name="failed_messages"),
    path(
        "cabang/pesan-gagal/<uuid:uuid>/",
        unreached.failed_message_handled,
        name="failed_message_handled",
    ),
    path("cabang/perubahan/", changes.changes, name="changes"),
    path("cabang/perubahan/<uuid:uuid>/", changes.change, name="change"),
    path("cabang/perubahan/<uuid:uuid>/terapkan/", changes.change_approve, name="change_approve"),
    path("cabang/perubahan/<uuid:uuid>/tolak/", changes.change_refuse, name="change_refuse"),
    path("cabang/perubahan/<uuid:uuid>/tarik/", changes.change_withdraw, name="change_withdraw"),
]
