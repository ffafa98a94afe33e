"""Decisions in bulk, call-backs, figures of the branch."""

from django.urls import URLPattern, path

from workers.views import bulk, calls, figures

BULK = "cabang/bersama/<uuid:uuid>/"
CASE = "cabang/kasus/<uuid:uuid>/"

urlpatterns: list[URLPattern] = [
    path("cabang/bersama/", bulk.bulk_list, name="bulk_list"),
    path("cabang/bersama/baru/", bulk.bulk_new, name="bulk_new"),
    path(BULK, bulk.bulk, name="bulk"),
    path(f"{BULK}kemajuan/", bulk.bulk_progress, name="bulk_progress"),
    path(f"{BULK}kirim/", bulk.bulk_send, name="bulk_send"),
    path(f"{BULK}tarik/", bulk.bulk_withdraw, name="bulk_withdraw"),
    path(f"{BULK}konfirmasi/", bulk.bulk_confirm, name="bulk_confirm"),
    path(f"{BULK}tolak/", bulk.bulk_refuse, name="bulk_refuse"),
    path("cabang/telepon/", calls.call_backs, name="call_backs"),
    path("cabang/telepon/<uuid:uuid>/", calls.call_back, name="call_back"),
    path(f"{CASE}cairkan/", calls.case_thaw, name="case_thaw"),
    path(f"{CASE}cabut/", calls.case_annul, name="case_annul"),
    path("cabang/angka/", figures.branch_figures, name="branch_figures"),
    path("cabang/angka.csv", figures.branch_figures_csv, name="branch_figures_csv"),
    path("cabang/beban/", figures.workload, name="workload"),
    path("cabang/beban/pindahkan/", figures.workload_move, name="workload_move"),
]
