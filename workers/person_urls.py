"""The worker's own page: the way in, and what he does there. What shows cover stands in
`contributions.urls`."""

from django.urls import path

from workers.views import person_acts, person_enter, person_paper

urlpatterns = [
    path("pekerja/", person_enter.person_enter, name="person_enter"),
    path("pekerja/kode/", person_enter.person_code, name="person_code"),
    path("pekerja/kode-cetak/", person_enter.person_printed, name="person_printed"),
    path("pekerja/periksa/", person_enter.person_check, name="person_check"),
    path("pekerja/selesai/", person_enter.person_done, name="person_done"),
    path("pekerja/saya/perbaiki/", person_acts.person_correct, name="person_correct"),
    path("pekerja/saya/berhenti/", person_acts.person_leave, name="person_leave"),
    path("pekerja/saya/<uuid:uuid>/setuju/", person_acts.person_agree, name="person_agree"),
    path("pekerja/saya/<uuid:uuid>/tolak/", person_acts.person_refuse, name="person_refuse"),
    path("pekerja/saya/<uuid:uuid>/bukan-saya/", person_acts.person_not_me, name="person_not_me"),
    path("pekerja/saya/<uuid:uuid>/keliru/", person_acts.person_wrong, name="person_wrong"),
    path(
        "cabang/kasus/<uuid:uuid>/kode-pekerja/",
        person_paper.person_code_print,
        name="person_code_print",
    ),
]
