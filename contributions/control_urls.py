from django.urls import path

from contributions.views import control

urlpatterns = [
    path("donatur/perpanjangan/", control.renewals_ahead, name="renewals_ahead"),
    path("donatur/perpanjangan/atur/", control.sponsorships_control, name="sponsorships_control"),
    path(
        "donatur/perpanjangan/atur/periksa/",
        control.sponsorships_control_check,
        name="sponsorships_control_check",
    ),
    path(
        "donatur/perpanjangan/atur/ubah/",
        control.sponsorships_control_do,
        name="sponsorships_control_do",
    ),
    path(
        "donatur/pekerja/<uuid:uuid>/atur/", control.sponsorship_control, name="sponsorship_control"
    ),
]
