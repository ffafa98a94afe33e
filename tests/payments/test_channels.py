"""Which ways are offered for an amount, and who bears their fee."""

import pytest

from donors.models import Donor
from payments.channels import ways_for
from payments.models import BankAccount, Invoice
from payments.services.paying import WayNotOffered, start_payment
from tests.factories import NOW, DonorFactory, OfficeFactory
from tests.payments.builders import open_invoice


def ways(total):
    invoice = Invoice(total=total, donor=Donor(kind=Donor.Kind.PERSON))
    return {way.code: way for way in ways_for(invoice)}


@pytest.mark.parametrize(
    ("total", "offered"),
    [
        (9_999, ["qris"]),
        (10_000, ["qris", "bank_transfer"]),
        (10_000_000, ["qris", "bank_transfer"]),
        (10_000_001, ["bank_transfer"]),
    ],
)
def test_only_ways_that_accept_the_amount_are_offered(total, offered):
    assert list(ways(total)) == offered


def test_49_workers_fit_on_qris_and_50_do_not():
    assert "qris" in ways(49 * 201_600)
    assert "qris" not in ways(50 * 201_600)


def test_without_a_fee_the_operator_bears_what_the_provider_takes():
    assert {(way.fee, way.bearer) for way in ways(100_000).values()} == {(0, "operator")}


def test_a_fee_comes_on_top_of_an_account_and_never_of_qris(settings):
    settings.VA_FEE = 4_000
    offered = ways(100_000)
    assert (offered["qris"].amount, offered["qris"].bearer) == (100_000, "operator")
    account = offered["bank_transfer"]
    assert (account.amount, account.fee, account.bearer) == (104_000, 4_000, "payer")


def test_the_least_for_an_account_is_what_the_payer_sends(settings):
    settings.VA_FEE = 4_000
    assert list(ways(8_400)) == ["qris", "bank_transfer"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "without_account", "with_account"),
    [
        ("government", ["bank_transfer"], []),
        ("village", ["qris", "bank_transfer"], ["qris", "bank_transfer"]),
        ("company", ["qris", "bank_transfer"], ["qris", "bank_transfer"]),
    ],
)
def test_a_government_pays_from_its_treasury_by_transfer(kind, without_account, with_account):
    invoice = open_invoice(donor=DonorFactory(organisation=True, kind=kind))
    invoice.office = OfficeFactory()
    invoice.save(update_fields=["office"])
    assert [way.code for way in ways_for(invoice)] == without_account
    BankAccount.everything.create(
        office=invoice.office,
        bank="Bank Contoh",
        number="111111",
        holder="X",
        opened_at=NOW,
        confirmed_at=NOW,
    )
    assert [way.code for way in ways_for(invoice)] == with_account
    if not with_account:
        with pytest.raises(WayNotOffered):
            start_payment(invoice=invoice, now=NOW, way="qris")
