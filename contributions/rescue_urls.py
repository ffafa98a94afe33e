"""Hand-over to another donor, the waiting list, and what a worker may do himself."""

from django.urls import path

from contributions.views import own_rescue, rescue, waiting

urlpatterns = [
    path("donatur/pekerja/<uuid:uuid>/serahkan/", rescue.hand_over, name="hand_over"),
    path(
        "donatur/pekerja/<uuid:uuid>/serahkan/batal/",
        rescue.hand_over_revoke,
        name="hand_over_revoke",
    ),
    path("sponsori/", rescue.choose_waiting, name="choose_waiting"),
    path("sponsori/terima/<str:token>/", rescue.take_over, name="take_over"),
    path("sponsori/<uuid:uuid>/batal/", rescue.take_over_withdraw, name="take_over_withdraw"),
    path("cabang/daftar-tunggu/", waiting.waiting_list, name="waiting_list"),
    path("cabang/daftar-tunggu/<uuid:uuid>/catat/", waiting.waiting_record, name="waiting_record"),
    path("cabang/daftar-tunggu/<uuid:uuid>/keluar/", waiting.waiting_remove, name="waiting_remove"),
    path("pekerja/saya/sponsor-lain/", own_rescue.person_ask_sponsor, name="person_ask_sponsor"),
    path("pekerja/saya/bayar/", own_rescue.person_pay, name="person_pay"),
    path("pekerja/saya/bayar/batal/", own_rescue.person_take_back, name="person_take_back"),
    path(
        "pekerja/saya/sponsor-lain/batal/",
        own_rescue.person_unask_sponsor,
        name="person_unask_sponsor",
    ),
]
