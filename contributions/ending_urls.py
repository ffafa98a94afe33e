from django.urls import path

from contributions.views import ending

urlpatterns = [
    path("donatur/berakhir/", ending.ending_donor, name="ending_donor"),
    path("donatur/berakhir/berkas/", ending.ending_donor_file, name="ending_donor_file"),
    path("cabang/berakhir/", ending.ending_soon, name="ending_soon"),
    path("cabang/berakhir/berkas/", ending.ending_soon_file, name="ending_soon_file"),
]
