"""Check files out and back, consent recorded by the branch, the registry asked."""

from django.urls import path

from workers.views import branch_consents as consents
from workers.views import check_files as files

FILE = "cabang/berkas/<uuid:uuid>/"
CASE = "cabang/kasus/<uuid:uuid>/"

urlpatterns = [
    path("cabang/berkas/", files.check_files_list, name="check_files"),
    path("cabang/berkas/baru/", files.check_file_new, name="check_file_new"),
    path(FILE, files.check_file, name="check_file"),
    path(f"{FILE}lepas/", files.check_file_release, name="check_file_release"),
    path(f"{FILE}tolak/", files.check_file_refuse, name="check_file_refuse"),
    path(f"{FILE}unduh/", files.check_file_download, name="check_file_download"),
    path(f"{FILE}sandi/", files.check_file_password, name="check_file_password"),
    path(f"{FILE}unggah/", files.check_file_upload, name="check_file_upload"),
    path(f"{FILE}kotak-pasir/", files.check_file_sandbox, name="check_file_sandbox"),
    path(f"{FILE}jawaban/<uuid:answer>/", files.check_file_answer, name="check_file_answer"),
    path("cabang/persetujuan/", consents.consents_missing, name="consents_missing"),
    path("cabang/persetujuan/<uuid:uuid>/", consents.consent_missing, name="consent_missing"),
    path(
        "cabang/persetujuan/<uuid:uuid>/tampilkan/", consents.consent_reveal, name="consent_reveal"
    ),
    path(f"{CASE}persetujuan/", consents.case_consent, name="case_consent"),
    path(f"{CASE}kependudukan/", consents.case_identity, name="case_identity"),
]
