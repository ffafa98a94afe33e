"""What a simulation is played on: one branch with its staff, villages, jobs, prices."""

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Role, User
from accounts.services import create_account
from bricks.clock import jakarta_date
from contributions.models import Tariff
from contributions.services import pricing
from contributions.services.reminder_plan import load_reminder_plan
from regions.models import Area, Office, OfficeArea
from workers.models import Occupation

VILLAGE = "1671011007"
#: Only these income brackets have prices: rebuilding all 33 at each change takes seconds.
BRACKETS = 2


@dataclass(frozen=True)
class Stage:
    """The branch, who works there, and where its workers live."""

    opened: date
    office: Office
    village: Area
    jobs: dict[str, Occupation]
    officer: User
    supervisor: User
    treasurers: tuple[User, User]
    head: User


def build_stage(*, now: datetime) -> Stage:
    """Open the branch of Palembang, give it staff, load the laws and the plan of reminders."""
    village = _areas()
    kanwil = Office.objects.create(
        code="SIM-KANWIL", name="Kanwil Simulasi", kind=Office.Kind.KANWIL, city="Palembang"
    )
    office = Office.objects.create(
        code="SIM-PALEMBANG",
        name="Kantor Cabang Simulasi",
        kind=Office.Kind.KC,
        parent=kanwil,
        city="Palembang",
        address="Jalan Simulasi 1, Palembang",
    )
    OfficeArea.objects.create(
        office=office, regency=Area.objects.get(code=VILLAGE[:4]), is_default=True
    )
    jobs = {
        sector: Occupation.objects.create(code=code, name=name, name_en=name, sector=sector)
        for sector, code, name in (
            ("other", "sim_pedagang", "Pedagang kaki lima"),
            ("transport", "sim_ojek", "Pengemudi ojek"),
        )
    }
    _prices()
    load_reminder_plan()
    staff = {
        key: _member(key, kind, None if kind == Role.Kind.HEAD_OFFICE else office, now)
        for key, kind in (
            ("petugas", Role.Kind.BRANCH_OFFICER),
            ("penyelia", Role.Kind.BRANCH_SUPERVISOR),
            ("bendahara1", Role.Kind.TREASURER),
            ("bendahara2", Role.Kind.TREASURER),
            ("pusat", Role.Kind.HEAD_OFFICE),
        )
    }
    return Stage(
        opened=jakarta_date(now),
        office=office,
        village=village,
        jobs=jobs,
        officer=staff["petugas"],
        supervisor=staff["penyelia"],
        treasurers=(staff["bendahara1"], staff["bendahara2"]),
        head=staff["pusat"],
    )


def _areas() -> Area:
    parent = None
    levels = (Area.Level.PROVINCE, Area.Level.REGENCY, Area.Level.DISTRICT, Area.Level.VILLAGE)
    names = ("Sumatera Selatan", "Kota Palembang", "Ilir Barat Dua", "Kemangmanis")
    for length, level, name in zip((2, 4, 6, 10), levels, names, strict=True):
        above = f", {parent.full_name}" if parent else ""
        parent, _made = Area.objects.get_or_create(
            code=VILLAGE[:length],
            defaults={
                "level": level,
                "name": name,
                "parent": parent,
                "full_name": f"{name}{above}",
                "search_name": name.lower(),
                "utc_offset": 7,
            },
        )
    if parent is None:
        raise AssertionError("no area")
    return parent


def _prices() -> None:
    """Load the laws as they are, for few brackets."""
    pricing.load_laws()
    Tariff.objects.filter(bracket__gt=BRACKETS).delete()
    pricing.rebuild_prices()
    pricing.fill_calendar()


def _member(key: str, kind: str, office: Office | None, now: datetime) -> User:
    user = create_account(email=f"{key}@sim.example", name=f"Staf {key}", now=now, verified=True)
    Role.objects.create(user=user, kind=kind, office=office, given_at=now)
    return user
