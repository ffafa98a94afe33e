"""Addresses of donors and of the worker who follows his link."""

from django.urls import path

from workers.views import drafting, links, orders, papers, repairs

ORDER = "donatur/daftar/<uuid:uuid>/"
WORKER = f"{ORDER}pekerja/<slug:key>/"
CASE = "donatur/perbaiki/<uuid:uuid>/"

urlpatterns = [
    # The donor's orders.
    path("donatur/", orders.orders, name="orders"),
    path("donatur/pendaftaran/<uuid:uuid>/", orders.order_detail, name="order_detail"),
    path("donatur/daftar/", drafting.order_new, name="order_new"),
    path(ORDER, drafting.order_edit, name="order_edit"),
    path(f"{ORDER}ketentuan/", drafting.order_terms, name="order_terms"),
    path(f"{ORDER}kirim/", drafting.order_submit, name="order_submit"),
    path(f"{ORDER}buang/", drafting.order_discard, name="order_discard"),
    path(f"{WORKER}siapa/", drafting.order_worker, name="order_worker"),
    path(f"{WORKER}data/", drafting.order_data, name="order_data"),
    path(f"{WORKER}persetujuan/", drafting.order_proof, name="order_proof"),
    path(f"{WORKER}formulir/", papers.order_paper, name="order_paper"),
    path(f"{WORKER}hapus/", drafting.order_worker_remove, name="order_worker_remove"),
    path(f"{WORKER}simpan/<slug:step>/", drafting.order_autosave, name="order_autosave"),
    # What a donor does with one case, and the worker's own link.
    path(CASE, repairs.enrollment_repair, name="enrollment_repair"),
    path(f"{CASE}tarik/", repairs.enrollment_withdraw, name="enrollment_withdraw"),
    path(f"{CASE}tautan/", repairs.link_renew, name="link_renew"),
    path(f"{CASE}foto/", repairs.enrollment_form, name="enrollment_form"),
    path(f"{CASE}formulir/", papers.case_paper, name="case_paper"),
    path("pekerja/formulir/", papers.consent_form, name="consent_form"),
    path("pekerja/isi/<str:token>/", links.worker_link, name="worker_link"),
    path("pekerja/isi/<str:token>/tolak/", links.worker_link_refuse, name="worker_link_refuse"),
    path("bukti/<uuid:uuid>/", repairs.evidence, name="evidence"),
]
