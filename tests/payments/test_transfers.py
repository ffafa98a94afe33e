"""The transfer code and the account to which an organisation is sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.models import BankAccount
from payments.services.bank_accounts import SecondPersonNeeded, confirm_account, open_account
from payments.transfers import account_for, advice_for, numbers_in, transfer_code
from tests.factories import NOW, DonorFactory, KanwilFactory, OfficeFactory, UserFactory
from tests.payments.builders import open_invoice

NUMBERS = st.builds(
    lambda year, serial: f"20{year:02}-{serial:06}", st.integers(0, 99), st.integers(1, 9_999_999)
)


@settings(deadline=None)
@given(NUMBERS, st.sampled_from(["", " ", "-", ".", " - "]), st.booleans())
def test_a_code_is_found_however_the_bank_writes_it(number, gap, upper):
    code = transfer_code(number).replace("-", gap)
    text = f"TRSF E-BANKING CR 2011/FTSCY {code if upper else code.lower()} PEMKAB CONTOH"
    assert number in numbers_in(text)


@settings(deadline=None)
@given(NUMBERS, st.data())
def test_one_wrong_digit_makes_no_code(number, data):
    code = transfer_code(number)
    places = [place for place, letter in enumerate(code) if letter.isdigit()]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != code[place]]))
    assert numbers_in(code[:place] + other + code[place + 1 :]) == ()


def test_a_line_broken_in_the_code_and_digits_behind_it_do_not_hide_it():
    code = transfer_code("2026-000123")
    assert code.startswith("ST26-000123-")
    assert numbers_in(f"{code[:7]}\n{code[7:]} 2026") == ("2026-000123",)
    assert numbers_in(f"x {code}, {code} dan {transfer_code('2026-000124')}") == (
        "2026-000123",
        "2026-000124",
    )
    assert numbers_in("SETORAN 2026 TUNAI") == ()


@pytest.fixture
def branch(db):
    return OfficeFactory(parent=KanwilFactory())


def account(office, number, **fields):
    return BankAccount.everything.create(
        office=office,
        bank="Bank Contoh",
        number=number,
        holder="X",
        opened_at=NOW,
        confirmed_at=NOW,
        **fields,
    )


def test_an_organisation_is_sent_to_its_office_or_the_nearest_above(branch):
    company = DonorFactory(organisation=True)
    invoice = open_invoice(donor=company)
    invoice.office = branch
    assert advice_for(invoice) is None
    account(branch.parent, "111111")
    assert advice_for(invoice).number == "111111"
    account(branch, "222222", closed_at=NOW)
    assert advice_for(invoice).number == "111111"
    account(branch, "333333")
    advice = advice_for(invoice)
    assert (advice.number, advice.amount) == ("333333", invoice.total)
    assert advice.code == transfer_code(invoice.number)


def test_a_person_is_offered_no_transfer(branch):
    account(branch, "111111")
    invoice = open_invoice(donor=DonorFactory())
    invoice.office = branch
    assert advice_for(invoice) is None


def test_nobody_is_sent_to_an_account_before_a_second_person_confirms_it(branch):
    opener, other = UserFactory(), UserFactory()
    made = open_account(
        office=branch, bank="Bank Contoh", number="777777", holder="X", by=opener, now=NOW
    )
    assert account_for(branch) is None
    with pytest.raises(SecondPersonNeeded):
        confirm_account(account=made, by=opener, now=NOW)
    assert confirm_account(account=made, by=other, now=NOW)
    assert not confirm_account(account=made, by=other, now=NOW)
    assert account_for(branch) == made
