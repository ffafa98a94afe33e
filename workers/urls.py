from django.urls import include, path

urlpatterns = [
    path("", include("workers.donor_urls")),
    path("", include("workers.desk_urls")),
    path("", include("workers.registry_urls")),
    path("", include("workers.duplicates_urls")),
    path("", include("workers.bulk_urls")),
    path("", include("workers.report_urls")),
    path("", include("workers.person_urls")),
    path("", include("workers.batch_urls")),
    path("", include("workers.log_urls")),
    path("", include("workers.office_urls")),
]
