from django.urls import include, path

urlpatterns = [
    path("", include("workers.donor_urls")),
    path("", include("workers.desk_urls")),
]
