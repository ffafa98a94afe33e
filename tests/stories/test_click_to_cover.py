"""One worker from the first question to cover, through the doors alone, without a script.

Every page is asked for as a browser would, every bell rings, and the sandbox's webhook
comes in at the portal's own door, signed. Nothing but the clock of the business day is
called by hand.
"""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import requests
import time_machine
from django.core import mail
from django.test import Client

from contributions.books import check_books
from contributions.models import Coverage
from contributions.services.remitting import fetch_answers, remit
from dashboards.services import rebuild_dashboards
from notices.models import Message
from payments.models import ProviderEvent, SandboxDelivery
from tests.contributions.builders import few_prices
from tests.factories import NOW, TODAY, KanwilFactory, OfficeFactory, officer
from tests.workers.journey import NIK, Donor, places
from workers.models import Enrollment

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "budi@contoh.example"


class Visitor:
    """A browser without script: it knows the page before it, its links and its forms."""

    def __init__(self, user: Any = None) -> None:
        self.client = Client(headers={"accept-language": "id"})
        if user:
            self.client.force_login(user)

    def open(self, path: str) -> str:
        """Open an address and return the page; a refusal fails the test."""
        answer = self.client.get(path, follow=True)
        assert answer.status_code == 200, path
        self.page = answer.content.decode()
        return self.page

    def send(self, path: str, **answers: Any) -> str:
        """Send a form and return the page that follows; the form must be on the page."""
        assert f'action="{path}"' in self.page, f"there is no form for {path} on this page"
        answer = self.client.post(path, answers, follow=True)
        assert answer.status_code == 200, answer.content.decode()
        self.page = answer.content.decode()
        return self.page

    def link(self, pattern: str) -> str:
        """Find a link on the page."""
        found = re.search(f'href="([^"]*{pattern}[^"]*)"', self.page)
        assert found, f"no link like {pattern} on this page"
        return unescape(found[1])


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _portal(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any, clock: Any) -> None:
    """Load what a portal needs, and lead the sandbox's wire to the portal's own door."""
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "http://testserver"
    monkeypatch.setattr(requests.Session, "post", deliver)
    places()
    few_prices()
    KanwilFactory().kanwil_provinces.get_or_create(province_id="16")


def deliver(self: Any, url: str, *, data: Any, headers: Any, **options: Any) -> requests.Response:
    """Hand a webhook to the portal as the network would."""
    provider = Client(enforce_csrf_checks=True)
    told = provider.post(
        url.removeprefix("http://testserver"), data, content_type=headers["Content-Type"]
    )
    answer = requests.Response()
    answer.status_code = told.status_code
    return answer


def sign_up() -> Visitor:
    """Make an account with a name, an address and the code that was sent to it."""
    donor = Visitor()
    assert "8.400" in donor.open("/")
    page = donor.open(donor.link("/hitung/"))
    assert "184.800" in page
    donor.open(donor.link("/donatur/daftar/"))
    donor.open(donor.link("/akun/signup/"))
    donor.send("/akun/signup/", name="Budi Contoh", contact=ADDRESS, next="/donatur/daftar/")
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body)
    assert code, "the letter bears no code"
    page = donor.send("/akun/confirm-email/", code=code[0])
    assert "Daftarkan pekerja" in page
    return donor


def order_one_worker(visitor: Visitor) -> Enrollment:
    """Answer the pages of an order and send it."""
    donor = Donor.__new__(Donor)
    donor.client = visitor.client
    donor.start()
    donor.fill()
    donor.prove()
    visitor.open(donor.order_url)
    assert "Sudah kami terima" in visitor.send(donor.order_url + "kirim/")
    return donor.case


def approve(case: Enrollment) -> Visitor:
    """Take the case from the queue, read the NIK in full, decide."""
    desk = Visitor(officer(office=OfficeFactory()))
    assert case.name in desk.open("/cabang/")
    page = desk.send("/cabang/berikutnya/")
    assert NIK[:4] in page
    page = desk.send(f"/cabang/kasus/{case.uuid}/setujui/", **{"approve-sector": "other"})
    assert "disetujui" in page
    return desk


def pay(donor: Visitor) -> None:
    """Pay the invoice, which is there at once, on the provider's own page."""
    assert "184.800" in donor.open("/donatur/tagihan/")
    invoice = donor.link("/donatur/tagihan/[0-9a-f-]{36}/")
    donor.open(invoice)
    for _double_click in range(2):
        page = donor.client.post(invoice + "mulai/", follow=True).content.decode()
    assert "Simpan gambar QRIS" in page
    donor.page = page
    shop = donor.link("/sandbox/bayar/").removeprefix("http://testserver")
    assert "SANDBOX" in donor.open(shop)
    chosen = {"way": "qris", "act": "pay", "amount": "184800", "delivery": "twice"}
    assert donor.client.post(shop, chosen).status_code == 302
    page = donor.open(invoice)
    assert "Pembayaran sudah kami terima" in page
    assert "184.800" in donor.open(donor.link("/donatur/kuitansi/"))


def test_from_the_first_question_to_cover(clock: Any) -> None:
    admin = Visitor(officer("regional_admin", office=KanwilFactory()))
    rebuild_dashboards(today=TODAY, now=NOW)
    before = covered(admin)
    donor = sign_up()
    case = order_one_worker(donor)
    desk = approve(case)
    donor.open("/donatur/")
    assert "Disetujui" in donor.page
    pay(donor)
    assert SandboxDelivery.objects.exclude(delivered_at=None).count() >= 3, "opened, paid, twice"
    assert ProviderEvent.objects.count() == 2

    # Paid, and not yet protected: no page may say otherwise (P1).
    case.refresh_from_db()
    card = f"/k/{case.worker.uuid}/"
    donor.open("/donatur/pekerja/")
    sponsorship = donor.link("/donatur/pekerja/[0-9a-f-]{36}/")
    everyone = [(donor, sponsorship), (desk, sponsorship), (Visitor(), card)]
    for visitor, path in everyone:
        page = visitor.open(path)
        assert "menunggu pengesahan" in page
        assert "Terlindungi" not in page

    # The business day: handed over, accepted a minute later.
    assert remit(today=TODAY, now=NOW)["months"] in {0, 12}, "a bell may have been quicker"
    later = NOW + timedelta(minutes=1)
    clock.move_to(later)
    fetch_answers(now=later)
    for visitor, path in everyone:
        page = visitor.open(path)
        assert "Terlindungi" in page
        assert "19 November 2027" in page
    span = Coverage.objects.get()
    assert (span.covered_from, span.covered_until) == (TODAY, TODAY.replace(day=19, year=2027))
    assert case.name not in Visitor().open(card)
    rebuild_dashboards(today=TODAY, now=later)
    assert covered(admin) == before + 1
    assert check_books(now=later) == []
    told = set(Message.objects.filter(user__email=ADDRESS).values_list("kind", flat=True))
    assert told == {"invoice_ready", "payment_allocated", "cover_accepted"}


def covered(admin: Visitor) -> int:
    """Read from the Kanwil's page how many are covered by way of the portal."""
    page = re.sub(r"<[^>]+>", " ", admin.open("/wilayah-kerja/?provinsi=16"))
    found = re.search(r"([\d.]+)\s+pekerja terlindungi", page, re.IGNORECASE)
    assert found, page
    return int(found[1].replace(".", ""))
