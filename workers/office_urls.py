"""Addresses of what head office sets: offices, holidays, jobs."""

from django.urls import path

from workers.views import holidays, occupations, office_areas, office_files, offices

urlpatterns = [
    path("pengaturan/", occupations.setup, name="setup"),
    path("kantor/", offices.office_list, name="offices"),
    path("kantor/baru/", offices.office_new, name="office_new"),
    path("kantor/celah/", office_files.office_gaps, name="office_gaps"),
    path("kantor/kantor.csv", office_files.offices_csv, name="offices_csv"),
    path("kantor/impor/", office_files.offices_import, name="offices_import"),
    path("kantor/impor/terapkan/", office_files.offices_apply, name="offices_apply"),
    path("kantor/<slug:code>/", offices.office, name="office"),
    path("kantor/<slug:code>/ubah/", offices.office_edit, name="office_edit"),
    path("kantor/<slug:code>/tutup/", offices.office_close, name="office_close"),
    path("kantor/<slug:code>/buka/", offices.office_reopen, name="office_reopen"),
    path("kantor/<slug:code>/provinsi/", office_areas.office_province, name="office_province"),
    path("kantor/<slug:code>/layani/", office_areas.office_serve, name="office_serve"),
    path("kantor/<slug:code>/wilayah/", office_areas.office_area, name="office_area"),
    path(
        "kantor/<slug:code>/pengecualian/", office_areas.office_exception, name="office_exception"
    ),
    path(
        "kantor/<slug:code>/pengecualian/akhiri/",
        office_areas.office_exception_end,
        name="office_exception_end",
    ),
    path("hari-libur/", holidays.holidays, name="holidays"),
    path("hari-libur/tambah/", holidays.holiday_add, name="holiday_add"),
    path("hari-libur/hari-libur.csv", holidays.holidays_csv, name="holidays_csv"),
    path("hari-libur/impor/", holidays.holidays_import, name="holidays_import"),
    path("hari-libur/impor/terapkan/", holidays.holidays_apply, name="holidays_apply"),
    path("hari-libur/<slug:day>/", holidays.holiday, name="holiday"),
    path("hari-libur/<slug:day>/hapus/", holidays.holiday_remove, name="holiday_remove"),
    path("pekerjaan/", occupations.occupations, name="occupations"),
    path("pekerjaan/baru/", occupations.occupation_new, name="occupation_new"),
    path("pekerjaan/<slug:code>/", occupations.occupation, name="occupation"),
]
