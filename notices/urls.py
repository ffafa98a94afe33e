from django.urls import path

from notices import views

urlpatterns = [
    path("kotak-surat/", views.mailbox, name="mailbox"),
    path("kantor-pusat/pekerjaan/", views.jobs, name="jobs"),
]
