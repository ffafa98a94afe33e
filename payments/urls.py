from django.urls import include, path

from payments import webhooks
from payments.views import events, pages

urlpatterns = [
    path("", include("payments.bank_urls")),
    path("qris/<uuid:uuid>.png", pages.qris_image, name="qris_image"),
    path("qris/<uuid:uuid>.svg", pages.qris_svg, name="qris_svg"),
    path("webhook/pembayaran/<slug:gateway>/", webhooks.payment_webhook, name="payment_webhook"),
    path("sandbox/bayar/<uuid:transaction_id>/", pages.sandbox_pay, name="sandbox_pay"),
    path("keuangan/kabar-penyedia/", events.provider_events, name="provider_events"),
    path("keuangan/kabar-penyedia/<int:pk>/", events.provider_event, name="provider_event"),
    path("keuangan/kabar-penyedia/<int:pk>/tanya/", events.event_ask, name="provider_event_ask"),
    path(
        "keuangan/kabar-penyedia/<int:pk>/selesai/",
        events.event_close,
        name="provider_event_close",
    ),
]
