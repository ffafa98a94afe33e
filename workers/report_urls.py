"""Reports of an accident or a death."""

from django.urls import URLPattern, path

from workers.views import report_desk as desk
from workers.views import reports

urlpatterns: list[URLPattern] = [
    path("lapor/", reports.report_new, name="report_new"),
    path("lapor/<uuid:uuid>/", reports.report_received, name="report_received"),
    path("cabang/laporan/", desk.reports, name="reports"),
    path("cabang/laporan/<uuid:uuid>/", desk.report, name="report"),
    path("cabang/laporan/<uuid:uuid>/cari/", desk.report_find, name="report_find"),
    path("cabang/laporan/<uuid:uuid>/cocokkan/", desk.report_match, name="report_match"),
    path("cabang/laporan/<uuid:uuid>/benar/", desk.report_confirm, name="report_confirm"),
    path("cabang/laporan/<uuid:uuid>/tidak-benar/", desk.report_refute, name="report_refute"),
]
