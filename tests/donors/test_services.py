"""How donors come into being."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import AuditEvent, User
from donors import services
from donors.models import Donor, DonorMember, Programme
from donors.services import Agreement, donor_for_person, mark_trusted, open_organisation
from notices.models import Message
from tests.factories import NOW, DonorFactory, OfficeFactory, UserFactory, officer


@pytest.mark.django_db
def test_a_person_gets_one_donor_with_one_open_programme() -> None:
    user = UserFactory(name="Rina Contoh")
    donor = donor_for_person(user=user, now=NOW)
    assert donor_for_person(user=user, now=NOW + timedelta(days=1)) == donor
    assert (donor.kind, donor.name, donor.trusted_at) == ("person", "Rina Contoh", None)
    assert DonorMember.objects.get(donor=donor).role == "owner"
    programme = Programme.objects.get(donor=donor)
    assert (programme.kind, programme.funding) == ("sertakan", "private")


@pytest.mark.django_db(transaction=True)
def test_four_tabs_at_once_make_one_donor() -> None:
    user = UserFactory()

    def ask(_number: int) -> int:
        try:
            return donor_for_person(user=user, now=NOW).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(ask, range(4)))
    assert len(made) == 1
    assert Donor.everything.count() == Programme.objects.count() == 1


def organisation(**changed: Any) -> dict[str, Any]:
    supervisor = changed.pop("supervisor", None) or officer("branch_supervisor")
    return {
        "key": uuid4(),
        "kind": "government",
        "name": "Pemerintah Kota Contoh",
        "letter_reference": "12/SETDA/2026",
        "agreement": Agreement(
            kind="government",
            name="Pekerja rentan 2026",
            funding="apbd",
            number="PKS/1/2026",
            ceiling=50_000_000,
        ),
        "owner_email": "dinas@contoh.example",
        "owner_name": "Dinas Contoh",
        "office": OfficeFactory(),
        "supervisor": supervisor,
        "now": NOW,
        **changed,
    }


@pytest.mark.django_db
def test_a_supervisor_opens_a_government_with_its_programme() -> None:
    asked = organisation()
    donor = open_organisation(**asked)

    assert (donor.opened_by_office, donor.opened_by) == (asked["office"], asked["supervisor"])
    assert donor.trusted_at == NOW
    programme = Programme.objects.get(donor=donor)
    assert (programme.funding, programme.ceiling) == ("apbd", 50_000_000)
    owner = User.objects.get(email="dinas@contoh.example")
    assert DonorMember.objects.get(donor=donor).user == owner
    assert not owner.has_usable_password()
    assert Message.objects.get(user=owner).address == "dinas@contoh.example"
    assert AuditEvent.objects.get(action="donor.opened").actor == asked["supervisor"]


@pytest.mark.django_db
def test_the_same_form_twice_opens_one_organisation() -> None:
    asked = organisation()
    assert open_organisation(**asked) == open_organisation(**asked)
    assert Donor.everything.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_an_officer_opens_no_organisation() -> None:
    with pytest.raises(services.NotOfThisBranch):
        open_organisation(**organisation(supervisor=officer("branch_officer")))


@pytest.mark.django_db
def test_a_supervisor_opens_none_for_another_branch() -> None:
    other = OfficeFactory(code="TEST-JAMBI", name="Kantor Cabang Jambi")
    with pytest.raises(services.NotOfThisBranch):
        open_organisation(**organisation(office=other))


@pytest.mark.django_db
def test_another_supervisors_key_opens_nothing() -> None:
    asked = organisation()
    open_organisation(**asked)
    stranger = officer("branch_supervisor", office=OfficeFactory(code="TEST-2"))
    with pytest.raises(services.NotOfThisBranch):
        open_organisation(
            **{**asked, "supervisor": stranger, "office": OfficeFactory(code="TEST-2")}
        )


@pytest.mark.django_db
def test_staff_owns_no_donor() -> None:
    staff = officer("branch_officer", email="petugas@contoh.example")
    with pytest.raises(services.OwnerWorksHere):
        open_organisation(**organisation(owner_email=staff.email))
    assert not Donor.everything.exists()


@pytest.mark.django_db
def test_trust_begins_with_the_first_paid_invoice_and_never_moves() -> None:
    donor = DonorFactory()
    assert mark_trusted(donor_id=donor.pk, now=NOW)
    assert not mark_trusted(donor_id=donor.pk, now=NOW + timedelta(days=9))
    donor.refresh_from_db()
    assert donor.trusted_at == NOW
