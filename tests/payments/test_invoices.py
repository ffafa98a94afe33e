"""Invoices: numbers without gaps, issued once, closed once."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from bricks.clock import JAKARTA
from payments.models import Invoice
from payments.services.invoices import close_invoice, correct_invoice
from payments.services.numbers import next_number
from tests.factories import NOW
from tests.payments.builders import open_invoice

pytestmark = pytest.mark.django_db

NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 59, 59, tzinfo=JAKARTA)


def test_numbers_ascend_from_one():
    assert [open_invoice().number for _ in range(3)] == [
        "2026-000001",
        "2026-000002",
        "2026-000003",
    ]


def test_numbers_begin_anew_at_midnight_in_jakarta():
    assert next_number("invoice", now=NEW_YEARS_EVE) == "2026-000001"
    assert next_number("invoice", now=NEW_YEARS_EVE + timedelta(seconds=1)) == "2027-000001"
    assert next_number("invoice", now=NEW_YEARS_EVE) == "2026-000002"


def test_the_series_do_not_meet():
    assert next_number("invoice", now=NOW) == next_number("receipt", now=NOW) == "2026-000001"


def test_a_transaction_that_fails_gives_its_number_back():
    open_invoice()
    with pytest.raises(IntegrityError), transaction.atomic():
        open_invoice(total=0)
    with transaction.atomic():
        open_invoice()
        transaction.set_rollback(True)
    assert open_invoice().number == "2026-000002"


def test_an_invoice_ends_after_it_begins():
    with pytest.raises(IntegrityError), transaction.atomic():
        open_invoice(expires_at=NOW)


def test_closing_happens_once():
    invoice = open_invoice()
    assert close_invoice(invoice=invoice, status=Invoice.Status.PAID, now=NOW)
    assert not close_invoice(
        invoice=invoice, status=Invoice.Status.EXPIRED, now=NOW + timedelta(days=1)
    )
    invoice.refresh_from_db()
    assert (invoice.status, invoice.closed_at) == (Invoice.Status.PAID, NOW)


def test_closing_brings_the_row_at_hand_up_to_date():
    invoice = open_invoice()
    close_invoice(invoice=invoice, status=Invoice.Status.VOID, now=NOW)
    assert invoice.status == Invoice.Status.VOID


def test_a_closed_invoice_can_be_corrected_an_open_one_not():
    invoice = open_invoice()
    assert not correct_invoice(invoice=invoice, status=Invoice.Status.VOID, now=NOW)
    close_invoice(invoice=invoice, status=Invoice.Status.PAID, now=NOW)
    assert not correct_invoice(invoice=invoice, status=Invoice.Status.PAID, now=NOW)
    later = NOW + timedelta(hours=1)
    assert correct_invoice(invoice=invoice, status=Invoice.Status.VOID, now=later)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.closed_at) == (Invoice.Status.VOID, later)
