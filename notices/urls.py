from django.urls import path

from notices import views, webhooks

urlpatterns = [
    path("kotak-surat/", views.mailbox, name="mailbox"),
    path("kotak-surat/balas/", views.mailbox_reply, name="mailbox_reply"),
    path("masuk/whatsapp/", webhooks.whatsapp, name="whatsapp_webhook"),
    path("kantor-pusat/pekerjaan/", views.jobs, name="jobs"),
]
