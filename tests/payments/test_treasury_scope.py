"""Whose money a treasurer and an auditor read."""

import pytest

from accounts.models import Role, User
from payments.models import BankAccount
from tests.factories import NOW, KanwilFactory, OfficeFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
Kind = Role.Kind


def account_of(office) -> BankAccount:
    return BankAccount.everything.create(
        office=office, bank="Bank Contoh", number=f"1{office.pk}", holder="X", opened_at=NOW
    )


def with_roles(*roles) -> User:
    user = UserFactory()
    for kind, office in roles:
        RoleFactory(user=user, kind=kind, office=office)
    return user


@pytest.fixture
def kanwil():
    return KanwilFactory()


@pytest.fixture
def here(kanwil):
    return account_of(OfficeFactory(code="SINI", parent=kanwil))


@pytest.fixture
def elsewhere(kanwil):
    return account_of(OfficeFactory(code="SANA", parent=kanwil))


def seen_by(user) -> set[BankAccount]:
    return set(BankAccount.objects.visible_to(user))


def test_a_branch_reads_its_own_and_a_kanwil_all_below_it(kanwil, here, elsewhere):
    for kind in (Kind.TREASURER, Kind.AUDITOR):
        assert seen_by(with_roles((kind, here.office))) == {here}
        assert seen_by(with_roles((kind, kanwil))) == {here, elsewhere}


def test_a_treasurer_acts_on_what_he_sees_so_not_where_he_only_audits(here, elsewhere):
    mixed = with_roles((Kind.TREASURER, here.office), (Kind.AUDITOR, elsewhere.office))
    assert seen_by(mixed) == {here}
    everywhere = with_roles((Kind.TREASURER, here.office), (Kind.AUDITOR, None))
    assert seen_by(everywhere) == {here}


def test_an_auditor_without_an_office_reads_the_country(here, elsewhere):
    assert seen_by(with_roles((Kind.AUDITOR, None))) == {here, elsewhere}
