from django.urls import path

from contributions.views import certificates, papers, statement

urlpatterns = [
    path("bayar/<str:token>/tagihan.pdf", papers.pay_link_pdf, name="pay_link_pdf"),
    path("donatur/tagihan/<uuid:uuid>/tagihan.pdf", papers.invoice_pdf, name="invoice_pdf"),
    path("donatur/tagihan/<uuid:uuid>/pekerja.csv", papers.invoice_csv, name="invoice_csv"),
    path("donatur/kuitansi/<uuid:uuid>/kuitansi.pdf", papers.receipt_pdf, name="receipt_pdf"),
    path("donatur/laporan/", statement.statement_page, name="statement"),
    path("donatur/laporan/uang.csv", statement.statement_csv, name="statement_csv"),
    path("donatur/laporan/bulan.csv", statement.statement_months_csv, name="statement_months_csv"),
    path("donatur/laporan/<int:year>.pdf", statement.giving_pdf, name="giving_pdf"),
    path(
        "donatur/pekerja/<uuid:uuid>/sertifikat.pdf", certificates.certificate, name="certificate"
    ),
    path("donatur/pekerja/<uuid:uuid>/kartu.pdf", certificates.family_card, name="family_card"),
    path("pekerja/saya/sertifikat.pdf", certificates.person_certificate, name="person_certificate"),
    path("pekerja/saya/kartu.pdf", certificates.person_family_card, name="person_family_card"),
    path("donatur/sertifikat/", certificates.certificates, name="certificates"),
    path(
        "donatur/sertifikat/<uuid:uuid>/", certificates.certificate_batch, name="certificate_batch"
    ),
    path(
        "donatur/sertifikat/<uuid:uuid>/berkas/",
        certificates.certificate_file,
        name="certificate_file",
    ),
]
