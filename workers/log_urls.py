"""The view log, the audit log, and who stands in for whom."""

from django.urls import path

from workers.views import deputies, logs

urlpatterns = [
    path("cabang/catatan/", logs.view_log, name="view_log"),
    path("cabang/catatan/unduh/", logs.view_log_csv, name="view_log_csv"),
    path("cabang/catatan/tindakan/", logs.audit_log, name="audit_log"),
    path("cabang/catatan/tindakan/unduh/", logs.audit_log_csv, name="audit_log_csv"),
    path("cabang/wakil/", deputies.deputies, name="deputies"),
    path("cabang/wakil/<int:pk>/akhiri/", deputies.deputy_end, name="deputy_end"),
]
