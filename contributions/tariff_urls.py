from django.urls import path

from contributions.views import simulator, tariffs

urlpatterns = [
    path("tarif/", simulator.tariff_simulator, name="tariff_simulator"),
    path("tarif/tarif.csv", simulator.tariff_table_csv, name="tariff_table_csv"),
    path("kantor-pusat/tarif/", tariffs.tariffs, name="tariffs"),
    path("kantor-pusat/tarif/tarif.csv", tariffs.tariffs_csv, name="tariffs_csv"),
    path("kantor-pusat/tarif/impor/", tariffs.tariffs_import, name="tariffs_import"),
    path("kantor-pusat/tarif/terapkan/", tariffs.tariffs_apply, name="tariffs_apply"),
    path("kantor-pusat/tarif/baru/", tariffs.tariff_new, name="tariff_new"),
    path("kantor-pusat/tarif/diskon/", tariffs.relief_new, name="relief_new"),
    path(
        "kantor-pusat/tarif/diskon/<slug:sector>/<slug:funding>/<slug:month>/",
        tariffs.relief_correct,
        name="relief_correct",
    ),
    path("kantor-pusat/tarif/riwayat/<uuid:uuid>/", tariffs.tariff_change, name="tariff_change"),
    path(
        "kantor-pusat/tarif/<int:bracket>/<slug:month>/",
        tariffs.tariff_correct,
        name="tariff_correct",
    ),
]
