from django.urls import path

from payments import views, webhooks

urlpatterns = [
    path("qris/<uuid:uuid>.png", views.qris_image, name="qris_image"),
    path("qris/<uuid:uuid>.svg", views.qris_svg, name="qris_svg"),
    path("webhook/pembayaran/<slug:gateway>/", webhooks.payment_webhook, name="payment_webhook"),
    path("sandbox/bayar/<uuid:transaction_id>/", views.sandbox_pay, name="sandbox_pay"),
]
