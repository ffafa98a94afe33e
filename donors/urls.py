from django.urls import path

from donors import views

urlpatterns = [
    path("cabang/donatur/", views.opened, name="donors_opened"),
    path("donatur/nama/", views.donor_name, name="donor_name"),
    path("cabang/donatur/baru/", views.open_donor, name="donor_open"),
]
