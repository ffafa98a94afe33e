"""Addresses of the branch's desk."""

from django.urls import path

from workers.views import desk
from workers.views import desk_cases as cases

urlpatterns = [
    path("cabang/", desk.desk, name="desk"),
    path("cabang/berikutnya/", desk.desk_next, name="desk_next"),
    path("cabang/pegangan/", desk.desk_held, name="desk_held"),
    path("cabang/kasus/<uuid:uuid>/", cases.case, name="case"),
    path("cabang/kasus/<uuid:uuid>/ambil/", cases.case_take, name="case_take"),
    path("cabang/kasus/<uuid:uuid>/periksa/", cases.case_recheck, name="case_recheck"),
    path("cabang/kasus/<uuid:uuid>/tampilkan/", cases.case_reveal, name="case_reveal"),
    path("cabang/kasus/<uuid:uuid>/setujui/", cases.case_approve, name="case_approve"),
    path("cabang/kasus/<uuid:uuid>/kembalikan/", cases.case_return, name="case_return"),
    path("cabang/kasus/<uuid:uuid>/tolak/", cases.case_reject, name="case_reject"),
    path("cabang/kasus/<uuid:uuid>/serahkan/", cases.case_hand_over, name="case_hand_over"),
    path("cabang/kasus/<uuid:uuid>/keluarga/", cases.case_family, name="case_family"),
    path("cabang/kasus/<uuid:uuid>/lepas/", cases.case_release, name="case_release"),
    path("cabang/kasus/<uuid:uuid>/alihkan/", cases.case_assign, name="case_assign"),
]
