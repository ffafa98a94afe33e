"""Factories of the rows that every app's tests start from.

Each makes the smallest valid row on a fixed day, 20 November 2026, in Palembang; a
test names only what it is about. Every NIK is made up: the area is real, the serial
is counted. Stories (a paid order, a covered worker) stand in the builders of the app
that owns them.
"""

from datetime import date, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Role, User
from bricks.clock import JAKARTA
from bricks.secrets import blind_index
from donors.models import Donor, DonorMember, Programme
from regions.models import Area, Office, OfficeArea
from workers.models import Consent, Enrollment, Occupation, Order, Worker

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=JAKARTA)
PASSWORD = "kata-sandi-untuk-uji"


def nik_of(birth_date: date, sex: str, serial: int, district: str = "167101") -> str:
    """Make up a structurally valid NIK (domain reference 4.1: day + 40 for women).

    Its last digits are 01 to 97: the sandbox core refuses 99 and is slow with 98.
    """
    day = birth_date.day + (40 if sex == "P" else 0)
    hundreds, rest = divmod(serial % 9700, 97)
    return f"{district}{day:02}{birth_date:%m%y}{hundreds * 100 + rest + 1:04}"


class HouseFactory(DjangoModelFactory):
    """Uses the plain manager, since `objects` of a scoped model offers only `visible_to`."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def _get_manager(cls, model_class: Any) -> Any:
        return model_class._default_manager


# --- places ----------------------------------------------------------------------
class ProvinceFactory(HouseFactory):
    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = "16"
    level = Area.Level.PROVINCE
    name = "Sumatera Selatan"
    full_name = factory.LazyAttribute(lambda o: o.name)
    search_name = factory.LazyAttribute(lambda o: o.name.lower())
    utc_offset = 7


class RegencyFactory(ProvinceFactory):
    code = "1671"
    level = Area.Level.REGENCY
    name = "Kota Palembang"
    parent = factory.LazyAttribute(lambda o: ProvinceFactory(code=o.code[:2]))
    full_name = factory.LazyAttribute(lambda o: f"{o.name}, {o.parent.full_name}")


class DistrictFactory(RegencyFactory):
    code = "167101"
    level = Area.Level.DISTRICT
    name = "Ilir Barat Dua"
    parent = factory.LazyAttribute(lambda o: RegencyFactory(code=o.code[:4]))


class AreaFactory(DistrictFactory):
    """A village, with the areas above it."""

    code = "1671011007"
    level = Area.Level.VILLAGE
    name = "Kemangmanis"
    parent = factory.LazyAttribute(lambda o: DistrictFactory(code=o.code[:6]))


class KanwilFactory(HouseFactory):
    class Meta:
        model = Office
        django_get_or_create = ("code",)

    code = "TEST-KANWIL"
    name = "Kanwil Sumatera Bagian Selatan"
    kind = Office.Kind.KANWIL
    city = "Palembang"


class OfficeFactory(HouseFactory):
    """A branch (KC) that serves, by default, the city of Palembang."""

    class Meta:
        model = Office
        django_get_or_create = ("code",)

    code = "TEST-PALEMBANG"
    name = "Kantor Cabang Palembang"
    kind = Office.Kind.KC
    parent = factory.SubFactory(KanwilFactory)
    city = "Palembang"
    address = "Jalan Contoh 1, Palembang"


class OfficeAreaFactory(HouseFactory):
    class Meta:
        model = OfficeArea
        django_get_or_create = ("office", "regency")

    office = factory.SubFactory(OfficeFactory)
    regency = factory.SubFactory(RegencyFactory)
    is_default = True


# --- people ----------------------------------------------------------------------
class UserFactory(HouseFactory):
    """Someone who signs in with `PASSWORD`; without a role he comes as a donor."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"orang{n}@contoh.example")
    name = factory.Sequence(lambda n: f"Orang {n}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return User.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)


class RoleFactory(HouseFactory):
    class Meta:
        model = Role

    user = factory.SubFactory(UserFactory)
    kind = Role.Kind.BRANCH_OFFICER
    office = factory.SubFactory(OfficeFactory)
    given_at = NOW - timedelta(days=100)


def officer(
    kind: str = Role.Kind.BRANCH_OFFICER, office: Office | None = None, **user: Any
) -> User:
    """Make a member of staff with one role; head office and auditors need no office."""
    if office is None and kind == Role.Kind.REGIONAL_ADMIN:
        office = KanwilFactory()
    elif office is None and kind not in (Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR):
        office = OfficeFactory()
    return RoleFactory(user=UserFactory(**user), kind=kind, office=office).user


# --- donors ----------------------------------------------------------------------
class DonorFactory(HouseFactory):
    """A private person with an own account, who is the owner of the donor."""

    class Meta:
        model = Donor

    kind = Donor.Kind.PERSON
    person = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Donatur {n}")
    created_at = NOW - timedelta(days=60)

    class Params:
        organisation = factory.Trait(
            kind=Donor.Kind.COMPANY,
            person=None,
            letter_reference="001/SURAT/2026",
            opened_by_office=factory.SubFactory(OfficeFactory),
        )

    @factory.post_generation
    def owner(self, create: Any, extracted: User | None, **kwargs: Any) -> None:
        """Let the given user, or the person himself, act for the donor."""
        user = extracted or self.person or UserFactory()
        if create:
            DonorMemberFactory(donor=self, user=user)


class DonorMemberFactory(HouseFactory):
    class Meta:
        model = DonorMember

    donor = factory.SubFactory(DonorFactory)
    user = factory.SubFactory(UserFactory)
    role = DonorMember.Role.OWNER
    joined_at = NOW - timedelta(days=60)


class ProgrammeFactory(HouseFactory):
    """The SERTAKAN programme of a private person; other funding comes with its agreement."""

    class Meta:
        model = Programme

    donor = factory.SubFactory(DonorFactory)
    kind = Programme.Kind.SERTAKAN
    name = "SERTAKAN"
    created_at = NOW - timedelta(days=60)

    class Params:
        agreement = factory.Trait(
            kind=Programme.Kind.GOVERNMENT,
            name="Pekerja rentan 2026",
            funding="apbd",
            agreement_number="PKS/1/2026",
            opened_by_office=factory.SubFactory(OfficeFactory),
            donor=factory.SubFactory(DonorFactory, organisation=True, kind="government"),
        )


# --- workers ---------------------------------------------------------------------
class OccupationFactory(HouseFactory):
    class Meta:
        model = Occupation
        django_get_or_create = ("code",)

    code = "asisten_rumah_tangga"
    name = "Asisten rumah tangga"
    name_en = "Domestic worker"
    sector = "other"

    class Params:
        transport = factory.Trait(
            code="ojek_daring",
            name="Pengemudi ojek daring",
            name_en="Online motorcycle taxi driver",
            sector="transport",
        )


class WorkerFactory(HouseFactory):
    class Meta:
        model = Worker

    class Params:
        serial = factory.Sequence(lambda n: n)

    name = factory.Sequence(lambda n: f"Joko Contoh {n}")
    birth_date = date(1985, 8, 17)
    sex = "L"
    nik = factory.LazyAttribute(lambda o: nik_of(o.birth_date, o.sex, o.serial))
    nik_index = factory.LazyAttribute(lambda o: blind_index(o.nik, purpose="nik"))
    village = factory.SubFactory(AreaFactory)
    occupation = factory.SubFactory(OccupationFactory)
    created_at = NOW - timedelta(days=1)


class OrderFactory(HouseFactory):
    """An order that has been handed in; `unsent=True` keeps it a draft."""

    class Meta:
        model = Order

    class Params:
        unsent = factory.Trait(status=Order.Status.DRAFT, submitted_at=None, draft="{}")

    programme = factory.SubFactory(ProgrammeFactory)
    donor = factory.SelfAttribute("programme.donor")
    created_by = factory.LazyAttribute(lambda o: o.donor.members.get(role="owner").user)
    status = Order.Status.SUBMITTED
    created_at = NOW - timedelta(days=2)
    saved_at = factory.SelfAttribute("created_at")
    submitted_at = factory.SelfAttribute("created_at")


def registered(case: Any) -> Worker:
    """Return the worker whom a case claims, made where the registry has none."""
    known = Worker.everything.filter(nik_index=case.nik_index).first()
    return known or WorkerFactory(
        nik=case.nik,
        name=case.name,
        birth_date=case.birth_date,
        sex=case.sex,
        village=case.village,
        occupation=case.occupation,
    )


class EnrollmentFactory(HouseFactory):
    """A case that waits for the branch; traits bring it further.

    `approved=True` makes the worker from what the case claims, to be paid within 30 days
    from `decided_at`. `of=worker` makes a case of a worker whom the registry has.
    """

    class Meta:
        model = Enrollment

    class Params:
        serial = factory.Sequence(lambda n: 5000 + n)
        of = None
        awaiting_consent = factory.Trait(
            status=Enrollment.Status.AWAITING_CONSENT, submitted_at=None, due_on=None
        )
        in_review = factory.Trait(
            status=Enrollment.Status.IN_REVIEW,
            taken_by=factory.LazyAttribute(lambda o: officer(office=o.office)),
            taken_at=NOW,
        )
        returned = factory.Trait(
            status=Enrollment.Status.RETURNED,
            decided_at=NOW,
            decided_by=factory.LazyAttribute(lambda o: officer(office=o.office)),
            reasons={"name": "name_differs"},
        )
        approved = factory.Trait(
            status=Enrollment.Status.APPROVED,
            decided_at=NOW,
            decided_by=factory.LazyAttribute(lambda o: officer(office=o.office)),
            worker=factory.LazyAttribute(registered),
            approved_until=factory.LazyAttribute(
                lambda o: o.decided_at.astimezone(JAKARTA).date() + timedelta(days=30)
            ),
        )

    order = factory.SubFactory(OrderFactory)
    position = factory.LazyAttribute(lambda o: o.order.enrollments.count() + 1)
    programme = factory.SelfAttribute("order.programme")
    donor = factory.SelfAttribute("order.donor")
    office = factory.SubFactory(OfficeFactory)
    status = Enrollment.Status.SUBMITTED
    name = factory.LazyAttribute(lambda o: o.of.name if o.of else f"Siti Contoh {o.serial}")
    birth_date = factory.LazyAttribute(lambda o: o.of.birth_date if o.of else date(1989, 3, 2))
    sex = factory.LazyAttribute(lambda o: o.of.sex if o.of else "P")
    nik = factory.LazyAttribute(
        lambda o: o.of.nik if o.of else nik_of(o.birth_date, o.sex, o.serial)
    )
    nik_index = factory.LazyAttribute(lambda o: blind_index(o.nik, purpose="nik"))
    village = factory.SubFactory(AreaFactory)
    occupation = factory.SubFactory(OccupationFactory)
    sector = factory.SelfAttribute("occupation.sector")
    relation = Enrollment.Relation.HOUSEHOLD
    months = 12
    submitted_at = factory.LazyAttribute(lambda o: o.order.submitted_at)
    due_on = factory.LazyAttribute(
        lambda o: o.submitted_at.astimezone(JAKARTA).date() + timedelta(days=2)
    )
    created_at = factory.LazyAttribute(lambda o: o.order.created_at)


class ConsentFactory(HouseFactory):
    class Meta:
        model = Consent

    enrollment = factory.SubFactory(EnrollmentFactory)
    text_version = "2026-11"
    channel = Consent.Channel.BRANCH
    given_at = NOW - timedelta(days=2)
    recorded_by = factory.LazyAttribute(lambda o: officer(office=o.enrollment.office))
