from django.urls import path

from dashboards import views

urlpatterns = [
    path("wilayah-kerja/", views.dashboard, name="dashboard"),
    path("wilayah-kerja/angka.csv", views.dashboard_csv, name="dashboard_csv"),
    path("wilayah-kerja/berakhir/<str:regency>/", views.dashboard_ending, name="dashboard_ending"),
]
