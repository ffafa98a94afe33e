"""The demo's story: who enrolled whom, when, and what became of it.

Days count back from the day of the demo. Each scene ends in one of the states that the
portal knows, so that every page has something to show.
"""

from dataclasses import dataclass
from datetime import date, timedelta

PALEMBANG, OGAN_ILIR, BANYUASIN, MUARA_ENIM = "1671", "1610", "1607", "1603"
PANGKALPINANG, BANGKA, BELITUNG = "1971", "1901", "1902"
REGENCIES = (PALEMBANG, OGAN_ILIR, BANYUASIN, MUARA_ENIM, PANGKALPINANG, BANGKA, BELITUNG)

OFFICE_OF = {
    PALEMBANG: "KC-PALEMBANG",
    OGAN_ILIR: "KC-PALEMBANG",
    BANYUASIN: "KC-PALEMBANG",
    MUARA_ENIM: "KC-MUARA-ENIM",
    PANGKALPINANG: "KC-PANGKALPINANG",
    BANGKA: "KC-PANGKALPINANG",
    BELITUNG: "KC-PANGKALPINANG",
}


#: The donor of whose workers one is reported dead just before the renewal.
REPORTED = "surya"


@dataclass(frozen=True)
class Scene:
    """One order of one donor, and how far it went.

    `days_ago` is the day on which it was handed in. `fate` says what the branch did:
    approve, return, reject, mixed, take (held, undecided) or leave. `pays_after` is the
    number of days from handing in to paying, None for never; a monthly donor pays
    `payments` times. `ending` puts that end on the NIK of the last worker (the sandbox
    core refuses 99 and answers 98 late).
    """

    donor: str
    regency: str
    workers: int
    months: int
    days_ago: int
    fate: str = "approve"
    pays_after: int | None = 2
    payments: int = 1
    extra: int = 0
    stops_days_ago: int | None = None
    by_link: int = 0
    drivers: bool = False
    ending: str = ""


@dataclass(frozen=True)
class Giver:
    """A donor who signs in himself."""

    key: str
    email: str
    name: str


@dataclass(frozen=True)
class Organisation:
    """A donor whom the branch opened from a signed letter (P9)."""

    key: str
    email: str
    owner: str
    name: str
    kind: str
    programme_kind: str
    programme: str
    funding: str
    letter: str
    agreement: str
    office: str = "KC-PALEMBANG"
    public_task: bool = False
    whole_year: bool = False
    ceiling: int | None = None


GIVERS = (
    Giver("rina", "donatur@demo.example", "Rina Kusuma"),
    Giver("budi", "budi@demo.example", "Budi Hartono"),
    Giver("sari", "sari@demo.example", "Sari Melati"),
    Giver("hendra", "hendra@demo.example", "Hendra Gunawan"),
    Giver("maya", "maya@demo.example", "Maya Puspita"),
    Giver("agus", "agus@demo.example", "Agus Salim"),
    Giver("dewi", "dewi@demo.example", "Dewi Anjani"),
    Giver("lina", "lina@demo.example", "Lina Marlina"),
    Giver("wati", "wati@demo.example", "Wati Sukma"),
    Giver("tono", "tono@demo.example", "Tono Prasetyo"),
    Giver("yanti", "yanti@demo.example", "Yanti Oktaviani"),
    Giver("andi", "andi@demo.example", "Andi Wirawan"),
    Giver("ratna", "ratna@demo.example", "Ratna Babel"),
    Giver("surya", "surya@demo.example", "Surya Timah"),
    Giver("masjid", "masjid@demo.example", "Haji Umar"),
)

ORGANISATIONS = (
    Organisation(
        "csr",
        "perusahaan@demo.example",
        "Citra Dewi",
        "PT Contoh Niaga Bersama",
        "company",
        "csr",
        "CSR pekerja rentan",
        "csr",
        "012/CNB/2026",
        "PKS-CSR/7/2026",
    ),
    Organisation(
        "pemkot",
        "pemda@demo.example",
        "Anwar Sadat",
        "Pemerintah Kota Contoh",
        "government",
        "government",
        "Pekerja rentan kota",
        "apbd",
        "560/101/2026",
        "PKS-APBD/3/2026",
        public_task=True,
        whole_year=True,
    ),
    Organisation(
        "desa",
        "desa@demo.example",
        "Kades Contoh",
        "Pemerintah Desa Contoh",
        "village",
        "village",
        "Perlindungan petani desa",
        "apbdes",
        "140/22/2026",
        "PKS-DESA/9/2026",
        public_task=True,
    ),
    # Its money covers one more month of one worker; the ceiling leaves the others out.
    Organisation(
        "dinas",
        "dinas@demo.example",
        "Kadis Contoh",
        "Dinas Perikanan Contoh",
        "government",
        "government",
        "Nelayan kecil",
        "apbd",
        "523/44/2026",
        "PKS-APBD/8/2026",
        public_task=True,
        ceiling=75_000,
    ),
)


def scenes(today: date) -> list[Scene]:
    """Return the scenes, oldest first."""
    since_new_year = (today - date(today.year, 1, 1)).days
    government = [
        Scene("pemkot", PALEMBANG, 5, 12, since_new_year - 4 - batch % 4, pays_after=12)
        for batch in range(8)
        if since_new_year > 30
    ]
    company = [
        Scene("csr", (OGAN_ILIR, BANYUASIN, MUARA_ENIM)[batch % 3], 5, 12, 250 - 9 * batch)
        for batch in range(6)
    ]
    # Its invoice is out: an organisation may also transfer to the branch's account.
    company.append(Scene("csr", OGAN_ILIR, 3, 12, 2, pays_after=None))
    village = [
        Scene("desa", OGAN_ILIR, 5, 6, 130 - 2 * batch, pays_after=5, extra=batch // 2 * 100_000)
        for batch in range(3)
    ]
    # It renews each month, as far as its ceiling reaches.
    agency = [Scene("dinas", OGAN_ILIR, 3, 1, 24, pays_after=3, extra=20_000)]
    return sorted(
        government + company + village + agency + _givers(), key=lambda scene: -scene.days_ago
    )


def _givers() -> list[Scene]:
    return [
        # Covered for long, one paid far too much for, and two new ones on the branch's desk.
        Scene("rina", PALEMBANG, 4, 12, 200),
        Scene("rina", PALEMBANG, 1, 12, 40, drivers=True, extra=400_000),
        Scene("rina", PALEMBANG, 2, 12, 1, fate="leave"),
        # Ends within two weeks; the next invoice is out.
        Scene("budi", BANYUASIN, 3, 12, 353),
        # Arrears of one, two and three months, and lapsed after that.
        Scene("sari", PALEMBANG, 4, 3, 104),
        Scene("hendra", PALEMBANG, 2, 1, 73, drivers=True),
        Scene("maya", OGAN_ILIR, 2, 1, 104),
        Scene("agus", MUARA_ENIM, 3, 3, 230),
        # Approved, to be paid; an approval that ran out unpaid.
        Scene("dewi", PALEMBANG, 2, 12, 3, pays_after=None),
        Scene("wati", PALEMBANG, 2, 6, 48, pays_after=None),
        # Paid, and not yet answered by the core; refused by it.
        Scene("dewi", PALEMBANG, 1, 6, 7, pays_after=6, ending="98"),
        Scene("andi", BANYUASIN, 2, 12, 24, ending="99"),
        # Returned, rejected, waiting for the worker's consent, being looked at.
        Scene("lina", PALEMBANG, 2, 12, 8, fate="return", pays_after=None),
        Scene("lina", PALEMBANG, 1, 12, 15, fate="reject", pays_after=None),
        Scene("lina", PALEMBANG, 2, 12, 2, fate="leave", by_link=1),
        Scene("tono", PALEMBANG, 1, 6, 1, fate="take", pays_after=None),
        # Stopped by its donor, still running; paid each month; paid too much.
        Scene("tono", PALEMBANG, 2, 6, 120, stops_days_ago=30),
        Scene("yanti", PALEMBANG, 1, 1, 300, payments=10),
        Scene("andi", PALEMBANG, 2, 6, 90, extra=50_000),
        # A mosque's keepers; Bangka Belitung.
        Scene("masjid", PALEMBANG, 5, 12, 160),
        Scene("masjid", OGAN_ILIR, 5, 12, 70),
        Scene("ratna", PANGKALPINANG, 5, 12, 180),
        Scene("ratna", BANGKA, 5, 6, 95),
        Scene("surya", BANGKA, 5, 12, 140),
        Scene("surya", BELITUNG, 5, 12, 60),
        Scene("surya", BELITUNG, 3, 12, 4, fate="leave"),
        # Due, and one of them not to be renewed: reported dead.
        Scene(REPORTED, PANGKALPINANG, 2, 3, 71),
        # Late on the desk, and fresh.
        Scene("hendra", PALEMBANG, 3, 12, 6, fate="leave"),
        Scene("maya", BANYUASIN, 2, 6, 2, fate="leave"),
        Scene("masjid", PALEMBANG, 4, 12, 1, fate="leave"),
    ]


def days_of_interest(today: date) -> list[date]:
    """Return the days on which the clock runs in the story: every tenth, the first of each
    month, and each of the last four. Its jobs catch up with the days between."""
    first = today - timedelta(days=360)
    days = [first + timedelta(days=n) for n in range(361)]
    return [
        day
        for number, day in enumerate(days)
        if number % 10 == 0 or day.day == 1 or (today - day).days < 4
    ]
