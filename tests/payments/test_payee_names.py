"""Before he pays, a payer reads the name that his bank will show, and who bears its fee (P14)."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from payments.models import Payment
from payments.selectors import ways_to_pay
from payments.transfers import TransferAdvice
from tests.payments.builders import pending_payment

pytestmark = pytest.mark.django_db


def test_the_sandboxs_virtual_account_bears_its_own_name():
    ways = ways_to_pay(pending_payment(way="bank_transfer"))
    assert ways.merchant_name == "SERTAKAN SANDBOX"


@pytest.mark.parametrize("name", ["SERTAKAN", ""])
def test_a_real_banks_virtual_account_bears_the_name_that_is_set(settings, name):
    settings.VA_NAME = name
    payment = Payment(gateway="midtrans", way="bank_transfer", amount=1, fee=0, va_number="88")
    assert ways_to_pay(payment).merchant_name == name


def test_the_advice_of_a_transfer_says_who_bears_the_banks_fee():
    advice = TransferAdvice("Bank", "1", "SERTAKAN", "ST26-000123-4", 16_800, by_government=False)
    with translation.override("id"):
        page = render_to_string("payments/_transfer.html", {"advice": advice})
    assert "Bila bank menarik biaya transfer, biaya itu Anda bayar sendiri" in page
