"""The pay page of a government, which pays from its treasury (domain reference 6.1)."""

import pytest
import time_machine
from django.urls import reverse

from donors.models import Donor
from payments import paylinks
from payments.models import BankAccount, Payment
from tests.contributions.builders import billed_order
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("kind", ["government", "company"])
def test_a_government_is_offered_the_transfer_alone(client, kind):
    invoice = billed_order(2)
    BankAccount.everything.create(
        office=invoice.office, bank="Bank Contoh", number="123456789", holder="Uji", opened_at=NOW
    )
    BankAccount.everything.update(confirmed_at=NOW)
    Donor.everything.filter(pk=invoice.donor_id).update(
        kind=kind, person=None, opened_by_office=invoice.office, letter_reference="1"
    )
    token = paylinks.make(invoice)
    page = client.get(reverse("pay_link", args=[token])).content.decode()
    # Whoever holds the link is a stranger: the account is shown to those who sign in.
    assert "123456789" not in page
    assert ("dibayar lewat transfer bank" in page) is (kind == "government")
    assert ("Pilih cara bayar" in page) is (kind == "company")
    told = client.post(reverse("pay_link_start", args=[token]), {"way": "qris"}, follow=True)
    assert Payment.everything.exists() is (kind == "company")
    assert ("Cara bayar itu tidak tersedia" in told.content.decode()) is (kind == "government")
