from django.urls import path

from notices import views, views_choices, webhooks

urlpatterns = [
    path("kotak-surat/", views.mailbox, name="mailbox"),
    path("kotak-surat/balas/", views.mailbox_reply, name="mailbox_reply"),
    path("akun/pesan/", views_choices.message_choices, name="message_choices"),
    path("pesan/berhenti/<str:token>/", views_choices.stop_messages, name="stop_messages"),
    path("masuk/whatsapp/", webhooks.whatsapp, name="whatsapp_webhook"),
    path("kantor-pusat/pekerjaan/", views.jobs, name="jobs"),
]
