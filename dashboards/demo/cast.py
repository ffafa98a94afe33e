"""The people of the demo. All are made up; their NIKs are well-formed and belong to nobody
that we know of (domain reference 4.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle

from accounts.models import Role

#: Every account of the demo signs in with this password; load_demo runs in a demo only.
PASSWORD = "peragaan-sertakan"  # noqa: S105  (shown on purpose at the start of a demo)


@dataclass(frozen=True)
class Member:
    """A member of staff: where from, and as what."""

    email: str
    name: str
    kind: str
    office: str = ""


STAFF = (
    Member("petugas@demo.example", "Putri Lestari", Role.Kind.BRANCH_OFFICER, "KC-PALEMBANG"),
    Member("petugas2@demo.example", "Dian Saputra", Role.Kind.BRANCH_OFFICER, "KC-PALEMBANG"),
    Member("penyelia@demo.example", "Bambang Irawan", Role.Kind.BRANCH_SUPERVISOR, "KC-PALEMBANG"),
    Member("bendahara@demo.example", "Nurul Aini", Role.Kind.TREASURER, "KC-PALEMBANG"),
    Member("bendahara2@demo.example", "Arif Setiadi", Role.Kind.TREASURER, "KC-PALEMBANG"),
    Member(
        "petugas.babel@demo.example", "Rizky Ananda", Role.Kind.BRANCH_OFFICER, "KC-PANGKALPINANG"
    ),
    Member(
        "petugas.muaraenim@demo.example", "Yulia Safitri", Role.Kind.BRANCH_OFFICER, "KC-MUARA-ENIM"
    ),
    Member("wilayah@demo.example", "Hasan Basri", Role.Kind.REGIONAL_ADMIN, "KANWIL-SUMBAGSEL"),
    Member("pusat@demo.example", "Endang Wahyuni", Role.Kind.HEAD_OFFICE),
    Member("pusat2@demo.example", "Wawan Kurniawan", Role.Kind.HEAD_OFFICE),
    Member("auditor@demo.example", "Fajar Nugroho", Role.Kind.AUDITOR, "KANWIL-SUMBAGSEL"),
)

FIRST_NAMES = {
    "L": (
        "Ahmad",
        "Slamet",
        "Joko",
        "Wahyu",
        "Agus",
        "Rudi",
        "Hendra",
        "Yusuf",
        "Bayu",
        "Dedi",
        "Eko",
        "Firman",
        "Gunawan",
        "Iwan",
        "Karno",
        "Mulyadi",
        "Rahmat",
        "Sugeng",
        "Udin",
        "Zainal",
    ),
    "P": (
        "Siti",
        "Sri",
        "Wati",
        "Ani",
        "Dewi",
        "Endah",
        "Fitri",
        "Lilis",
        "Murni",
        "Ningsih",
        "Rina",
        "Sari",
        "Tuti",
        "Wulan",
        "Yanti",
        "Aminah",
        "Halimah",
        "Kartini",
        "Marni",
        "Suryani",
    ),
}
LAST_NAMES = (
    "Santoso",
    "Hidayat",
    "Saputra",
    "Rahayu",
    "Wijaya",
    "Kurniawan",
    "Lestari",
    "Maulana",
    "Permata",
    "Setiawan",
    "Utami",
    "Anggraini",
    "Firdaus",
    "Handayani",
    "Nasution",
    "Pratama",
    "Susanto",
    "Yulianti",
    "Hasanah",
    "Ramadhan",
    "Siregar",
    "Marbun",
    "Tanjung",
)


@dataclass(frozen=True)
class Person:
    """A worker before he is entered anywhere."""

    name: str
    sex: str
    birth_date: date
    nik: str
    phone: str


def people(districts: tuple[str, ...]) -> Iterator[Person]:
    """Yield made-up people without end, always the same ones for the same districts.

    `districts` are six-digit codes for their NIKs. No NIK ends in 98 or 99, which the
    sandbox core treats in a way of its own (`ending`).
    """
    names = {sex: cycle(list_) for sex, list_ in FIRST_NAMES.items()}
    last = cycle(LAST_NAMES)
    # Another regency's people have birthdays of their own: nobody is another's likely twin.
    later = int(districts[0]) * 7_919
    for number, district in zip(count(), cycle(districts), strict=False):
        sex = "P" if number * 7 % 10 < 6 else "L"
        days = (number * 137 + later) % (36 * 365)
        birth_date = date(1968, 3, 2) + timedelta(days=days)
        serial = number * 3 % 97 + 1 + 100 * (number // 97 + 1)
        yield Person(
            name=f"{next(names[sex])} {next(last)}",
            sex=sex,
            birth_date=birth_date,
            nik=nik_of(district, birth_date, sex, serial),
            phone=f"+62812{9_000_000 + number}" if number % 4 else "",
        )


def nik_of(district: str, birth_date: date, sex: str, serial: int) -> str:
    """Put a NIK together: a woman's day is written with 40 more."""
    day = birth_date.day + (40 if sex == "P" else 0)
    return f"{district}{day:02}{birth_date:%m%y}{serial:04}"


def ending(person: Person, digits: str) -> Person:
    """Return the same person with another end of the NIK, such as `99`."""
    return Person(
        person.name, person.sex, person.birth_date, person.nik[:-2] + digits, person.phone
    )
