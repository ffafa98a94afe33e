"""Where the journeys play: real areas and offices, today's prices, and the staff."""

import re
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from playwright.sync_api import Browser

from accounts.models import Role, User
from bricks import clock
from contributions.services.pricing import load_laws
from contributions.services.remitting import fetch_answers, remit
from dashboards import figure_files
from dashboards.services import load_figures, rebuild_dashboards
from regions.models import Office
from regions.selectors import default_office_for
from tests.browser.visiting import DESK, Person
from tests.contributions.builders import few_prices
from tests.factories import PASSWORD, UserFactory, officer
from tests.workers.journey import photo
from workers.services.occupations import load_occupations

#: Lorokpakjo in Palembang, as `regions/data` knows it.
VILLAGE = "1671041002"
PHOTO = {"name": "formulir.jpg", "mimeType": "image/jpeg", "buffer": photo()}


class Stage:
    """A portal that has been loaded as `make run` does, and people who come to it."""

    def __init__(self, browser: Browser, portal: str, watch: Any, faults: Any) -> None:
        self._tools = (browser, portal, watch, faults)
        self.portal = portal
        self.people: list[Person] = []
        load_occupations()
        load_laws()
        few_prices()
        load_figures(
            figures=figure_files.read_official_figures(),
            targets=figure_files.read_targets(),
            now=clock.now(),
        )
        branch = default_office_for(village_code=VILLAGE)
        assert branch is not None
        self.branch: Office = branch

    def person(self, **how: Any) -> Person:
        """Let somebody open a browser."""
        self.people.append(Person(*self._tools, **how))
        return self.people[-1]

    def staff(self, kind: str, **how: Any) -> Person:
        """Let a member of staff sign in with his password, on a screen of a desk."""
        office = self.branch
        while kind == Role.Kind.REGIONAL_ADMIN and office.parent is not None:
            office = office.parent
        user = officer(kind, office=None if kind == Role.Kind.HEAD_OFFICE else office)
        return sign_in(self.person(width=DESK, **how), user)

    def donor(self, **how: Any) -> Person:
        """Let a donor sign in who has an account already."""
        return sign_in(self.person(**how), UserFactory(name="Rina Contoh"))

    def remit_and_accept(self) -> None:
        """Play the clock of a business day: hand over what is paid, hear that it is accepted."""
        now = clock.now()
        remit(today=clock.jakarta_date(now), now=now)
        fetch_answers(now=now + timedelta(minutes=5))
        rebuild_dashboards(today=clock.jakarta_date(now), now=now)


# --- what people do ----------------------------------------------------------------------
def sign_in(person: Person, user: User) -> Person:
    """Sign in with a password, as somebody who has proved his address before."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    person.go("/akun/login/")
    person.page.get_by_label("E-mail").fill(user.email or "")
    person.page.get_by_label("Kata sandi").fill(PASSWORD)
    person.press("Masuk")
    return person


def code_for(person: Person, address: str) -> str:
    """Read the newest code for an address in the built-in mailbox, in another tab."""
    tab = person.context.new_page()
    person.watch.follow(tab)
    tab.goto("/kotak-surat/")
    tab.get_by_label("Pesan untuk alamat e-mail").fill(address)
    tab.get_by_role("button", name="Tampilkan").click()
    letter = tab.locator("article").first.inner_text()
    tab.close()
    found = re.search(r"\b\d{6}\b", letter)
    assert found, letter
    return found[0]


def enter_worker(
    person: Person, name: str, nik: str, birth: str, *, sex: str = "Laki-laki"
) -> None:
    """Answer both pages about a worker whose form was signed, and upload its photo."""
    page = person.page
    page.get_by_label("Nama lengkap pekerja").fill(name)
    page.get_by_label("Bekerja di rumah saya").check()
    page.get_by_label("Di kertas").check()
    person.press("Lanjut")
    enter_data(person, nik, birth, sex=sex)
    person.press("Lanjut")
    page.locator("input[type=file]").set_input_files(PHOTO)
    person.press("Simpan dan lanjut")


def enter_data(person: Person, nik: str, birth: str, *, sex: str) -> None:
    """Answer what stands on the KTP; the village is found by its name."""
    page = person.page
    page.get_by_label("NIK").fill(nik)
    page.get_by_label("Tanggal lahir").fill(birth)
    page.get_by_label(sex).check()
    page.get_by_label("Nomor HP").fill("0812-3456-7890")
    page.get_by_label("Pekerjaan").select_option("asisten_rumah_tangga")
    page.get_by_label("Ketik namanya").fill("lorok")
    if not person.script:
        page.get_by_role("button", name="Cari").click()
    page.get_by_role("radio", name="Lorokpakjo").check()
