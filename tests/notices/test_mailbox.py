"""The mailbox page: there in the demo, absent elsewhere."""

import pytest
from django.core.mail import send_mail
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_backend(settings):
    settings.EMAIL_BACKEND = "notices.mail.MailboxBackend"


def test_a_mail_of_the_portal_lies_in_the_mailbox(client, settings):
    settings.DEMO = True
    send_mail("Kode masuk", "Kode Anda 123456", None, ["rina@contoh.example"])
    page = client.get(reverse("mailbox"), {"untuk": "RINA@contoh.example"}).content.decode()
    assert "Kode Anda 123456" in page
    other = client.get(reverse("mailbox"), {"untuk": "budi@contoh.example"}).content.decode()
    assert "Kode Anda" not in other


def test_outside_the_demo_there_is_no_mailbox(client, settings):
    settings.DEMO = False
    assert client.get(reverse("mailbox")).status_code == 404
