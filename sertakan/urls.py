"""Every address of the portal. A line per app; the pages stand in the app's own `urls.py`."""

from django.conf import settings
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from sertakan import health
from sertakan.styleguide import styleguide

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("notices.urls")),
    path("", include("contributions.urls")),
    path("", include("donors.urls")),
    path("wilayah/", include("regions.urls")),
    path("", include("workers.urls")),
    path("", include("payments.urls")),
    path("", include("dashboards.urls")),
    path("api/v1/", include("sertakan.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
]

if settings.DEMO:
    urlpatterns.append(path("gaya/", styleguide, name="styleguide"))
