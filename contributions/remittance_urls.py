from django.urls import path

from contributions.views import parked, remittances

urlpatterns = [
    path("keuangan/penyetoran/", remittances.remittances, name="remittances"),
    path("keuangan/penyetoran/<uuid:uuid>/", remittances.remittance, name="remittance"),
    path(
        "keuangan/penyetoran/<uuid:uuid>/berkas/",
        remittances.remittance_fetch,
        name="remittance_fetch",
    ),
    path(
        "keuangan/penyetoran/<uuid:uuid>/sandi/",
        remittances.remittance_password,
        name="remittance_password",
    ),
    path(
        "keuangan/penyetoran/<uuid:uuid>/serah/",
        remittances.remittance_hand_over,
        name="remittance_hand_over",
    ),
    path(
        "keuangan/penyetoran/<uuid:uuid>/unggah/",
        remittances.remittance_upload,
        name="remittance_upload",
    ),
    path(
        "keuangan/penyetoran/jawaban/<uuid:uuid>/",
        remittances.remittance_answer,
        name="remittance_answer",
    ),
    path("cabang/terparkir/", parked.parked, name="parked"),
    path("cabang/terparkir/pembayaran/<uuid:uuid>/", parked.parked_payment, name="parked_payment"),
    path(
        "cabang/terparkir/pekerja/<uuid:uuid>/",
        parked.parked_sponsorship,
        name="parked_sponsorship",
    ),
    path("cabang/terparkir/bulan/<int:pk>/", parked.parked_month, name="parked_month"),
    path("cabang/terparkir/putusan/<int:pk>/", parked.ruling_decide, name="ruling_decide"),
]
