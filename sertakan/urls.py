"""Every address of the portal. A line per app; the pages stand in the app's own `urls.py`."""

from django.urls import include, path

from sertakan import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("notices.urls")),
]
