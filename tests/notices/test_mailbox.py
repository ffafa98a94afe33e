"""The mailbox page: there in the demo, absent elsewhere."""

import pytest
from django.core.mail import send_mail
from django.urls import reverse

from notices.mailbox import drop_letter
from notices.models import Reply
from tests.factories import NOW

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


def test_a_letter_to_a_phone_can_be_answered_in_the_demo(client, settings):
    settings.DEMO = True
    letter = drop_letter(address="+6281234567890", subject="SMS", body="Balas 2.", now=NOW)
    assert "Kirim balasan" in client.get(reverse("mailbox")).content.decode()
    data = {"surat": letter.pk, "balasan": " 2 "}
    assert client.post(reverse("mailbox_reply"), data).status_code == 302
    reply = Reply.objects.get()
    assert (reply.provider, reply.phone, reply.text) == ("mailbox", "+6281234567890", "2")


def test_only_letters_to_phones_are_answered_and_only_in_the_demo(client, settings):
    settings.DEMO = True
    mail = drop_letter(address="rina@contoh.example", subject="x", body="x", now=NOW)
    for letter in (mail.pk, "0", "x", ""):
        data = {"surat": letter, "balasan": "2"}
        assert client.post(reverse("mailbox_reply"), data).status_code == 404
    settings.DEMO = False
    phone = drop_letter(address="+6281234567890", subject="SMS", body="x", now=NOW)
    data = {"surat": phone.pk, "balasan": "2"}
    assert client.post(reverse("mailbox_reply"), data).status_code == 404
    assert not Reply.objects.exists()
