from django.urls import include, path

from contributions.views import branch, cover, own, paying, price_line, public, timeline

urlpatterns = [
    path("", include("contributions.tariff_urls")),
    path("", include("contributions.credit_urls")),
    path("", include("contributions.refund_urls")),
    path("", include("contributions.books_urls")),
    path("", include("contributions.remittance_urls")),
    path("", include("contributions.paper_urls")),
    path("", include("contributions.renewal_urls")),
    path("", include("contributions.control_urls")),
    path("", include("contributions.rescue_urls")),
    path("", include("contributions.ending_urls")),
    path("", include("contributions.bridge_urls")),
    path("", include("contributions.reminder_urls")),
    path("", public.front, name="front"),
    path("hitung/", public.quote, name="quote"),
    path("hitung/ringkas/", price_line.price_line, name="price_line"),
    path("bila-terjadi/", public.help_accident, name="help_accident"),
    path("privasi/", public.privacy, name="privacy"),
    path("k/<uuid:uuid>/", cover.public_card, name="public_card"),
    path("k/<uuid:uuid>/qr.svg", cover.public_card_qr, name="public_card_qr"),
    path("pekerja/saya/", own.person, name="person"),
    path("pekerja/saya/kartu/", own.person_card, name="person_card"),
    path("garis-waktu/<uuid:uuid>/", timeline.timeline, name="timeline"),
    path("bayar/<str:token>/", paying.pay_link, name="pay_link"),
    path("bayar/<str:token>/mulai/", paying.pay_link_start, name="pay_link_start"),
    path("donatur/tagihan/", paying.invoices, name="invoices"),
    path("donatur/tagihan/<uuid:uuid>/", paying.invoice, name="invoice"),
    path("donatur/tagihan/<uuid:uuid>/mulai/", paying.invoice_start, name="invoice_start"),
    path("donatur/kuitansi/<uuid:uuid>/", paying.receipt, name="receipt"),
    path("donatur/pekerja/", cover.sponsorships, name="sponsorships"),
    path("donatur/pekerja/<uuid:uuid>/", cover.sponsorship, name="sponsorship"),
    path("donatur/pekerja/<uuid:uuid>/henti/", cover.sponsorship_stop, name="sponsorship_stop"),
    path(
        "donatur/pekerja/<uuid:uuid>/lanjut/", cover.sponsorship_resume, name="sponsorship_resume"
    ),
    path("cabang/ditolak/", branch.rejected, name="rejected"),
    path("cabang/ditolak/<int:pk>/", branch.rejected_decide, name="rejected_decide"),
]
