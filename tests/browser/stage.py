"""Where the journeys play: real areas and offices, today's prices, the staff; and what
people do on the way."""

import re
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from playwright.sync_api import Page

from accounts.models import Role, User
from bricks import clock
from contributions.services.pricing import load_laws
from contributions.services.remitting import fetch_answers, remit
from dashboards import figure_files
from dashboards.services import load_figures, rebuild_dashboards
from regions.selectors import default_office_for
from tests.browser.visiting import DESK, NewPerson, Person
from tests.contributions.builders import few_prices
from tests.factories import PASSWORD, officer
from tests.workers.journey import photo
from workers.services.occupations import load_occupations

#: Lorokpakjo in Palembang, as `regions/data` knows it.
VILLAGE = "1671041002"
PHOTO = {"name": "formulir.jpg", "mimeType": "image/jpeg", "buffer": photo()}


class Stage:
    """A portal that has been loaded as `make run` does, and the people who come to it."""

    def __init__(self, people: NewPerson) -> None:
        self.person = people
        load_occupations()
        load_laws()
        few_prices()
        figures, targets = figure_files.read_official_figures(), figure_files.read_targets()
        load_figures(figures=figures, targets=targets, now=clock.now())
        self.rebuild()

    def staff(self, kind: str, **how: Any) -> Person:
        """Let a member of staff of the village's branch or Kanwil sit down at his desk."""
        office = default_office_for(village_code=VILLAGE)
        while kind == Role.Kind.REGIONAL_ADMIN and office and office.parent:
            office = office.parent
        user = officer(kind, office=None if kind == Role.Kind.HEAD_OFFICE else office)
        return self.person(width=DESK, **how).enter_as(user)

    def remit(self) -> None:
        """Play the clock of a business day: hand over what is paid, hear that it is accepted."""
        now = clock.now()
        remit(today=clock.jakarta_date(now), now=now)
        fetch_answers(now=now + timedelta(minutes=5))
        self.rebuild()

    def rebuild(self) -> None:
        now = clock.now()
        rebuild_dashboards(today=clock.jakarta_date(now), now=now)


def sign_in(person: Person, user: User) -> None:
    """Sign in with a password, as somebody who has proved his address before."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    person.go("/akun/login/")
    person.page.get_by_label("E-mail").fill(user.email or "")
    person.page.get_by_label("Kata sandi").fill(PASSWORD)
    person.press("Masuk")


def newest_letter(person: Person, address: str) -> Page:
    """Open the built-in mailbox of an address in another tab; its newest letter is on top."""
    tab = person.new_tab()
    tab.goto("/kotak-surat/")
    tab.get_by_label("Pesan untuk alamat e-mail").fill(address)
    tab.get_by_role("button", name="Tampilkan").click()
    tab.locator("article").first.wait_for()
    return tab


def type_code(person: Person, address: str) -> None:
    """Type the code that was sent to an address."""
    tab = newest_letter(person, address)
    found = re.search(r"\b\d{6}\b", tab.locator("article").first.inner_text())
    tab.close()
    assert found, "the newest letter has no code"
    person.page.get_by_label("Kode").fill(found[0])
    person.press("Lanjut")


def enter_worker(person: Person, name: str, nik: str, birth: str, *, sex: str) -> None:
    """Answer the three pages about a worker who has signed on paper."""
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


def pay_at_the_sandbox(person: Person) -> None:
    """Pay on the provider's own page, in another tab, as with a bank's app."""
    shop = person.page
    address = shop.get_by_role("link", name="sandbox").get_attribute("href")
    assert address
    person.page = person.new_tab()
    person.go(address)
    person.press("Bayar Rp")
    person.page.close()
    person.page = shop
