"""Everybody who may open a page, and one row of each kind that a page may show.

`World` is built once and looked at by every test of `tests/test_permissions.py`. Its
donor, with a payer and a viewer beside him, has workers in every state at the branch
of Palembang; "far" people hold the same roles at another branch and Kanwil.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from accounts.models import Role, User
from accounts.tokens import create_token
from bricks.months import add_months
from contributions.models import (
    AnswerFile,
    Contribution,
    LateMoney,
    Remittance,
    Sponsorship,
)
from contributions.services import certifying
from contributions.services.proving import prove_books
from contributions.services.remitting import fetch_answers, remit
from dashboards.services import rebuild_dashboards
from donors.models import Donor as DonorRow
from donors.models import DonorMember, Programme
from payments import ledger, paylinks
from payments.models import BankAccount, Payment, Refund, SandboxCharge
from payments.services.paying import start_payment
from regions.models import Holiday
from tests import aftermath
from tests.contributions.builders import (
    billed_order,
    covered_worker,
    few_prices,
)
from tests.factories import (
    NOW,
    TODAY,
    DonorFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    KanwilFactory,
    OfficeAreaFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    ProvinceFactory,
    RegencyFactory,
    RoleFactory,
    UserFactory,
)
from tests.notices.builders import not_delivered
from tests.payments import banking
from tests.workers.journey import NIK, Donor, places, who
from tests.workers.reports import reported
from workers.models import BulkDecision, CallBack, CheckBatch, Enrollment, Evidence, WorkerEvent
from workers.services import bulk, check_answers, check_files
from workers.services.changing import propose
from workers.services.holding import reveal
from workers.services.sandbox_answers import sandbox_answers

NOBODY = "nobody"
DONORS = ("owner", "payer", "viewer", "stranger")
STAFF = (
    "officer",
    "supervisor",
    "treasurer",
    "regional",
    "head",
    "auditor",
    "far_officer",
    "far_supervisor",
    "far_treasurer",
    "far_regional",
    "far_auditor",
)
EVERYBODY = (NOBODY, *DONORS, *STAFF)

#: The sandbox core refuses a NIK that ends in 99.
REFUSED_BY_CORE = "1671014203890099"


class World:
    """The people by name, and the rows by what is special about them."""

    users: dict[str, User]
    #: Where a test of its own needs one.
    far_case: Enrollment

    def __init__(self) -> None:
        self._places()
        self._people()
        self._cases()
        self._money()
        self._reports()
        self._registry()
        self._check_files()
        self._bulk()
        aftermath.rescued(self)
        aftermath.bridged(self)
        self.deputy = RoleFactory(
            user=UserFactory(name="Deputy"),
            kind=Role.Kind.BRANCH_SUPERVISOR,
            office=self.office,
            given_by=self.users["supervisor"],
            until=TODAY + timedelta(days=7),
        )
        self.sessions = {name: _session(user) for name, user in self.users.items()}
        self.tokens = {name: create_token(user=u, now=NOW) for name, u in self.users.items()}

    def _places(self) -> None:
        places()
        few_prices()
        ProvinceFactory(code="12", name="Sumatera Utara")
        RegencyFactory(code="1271", name="Kota Medan")
        self.kanwil, self.office = KanwilFactory(), OfficeFactory()
        self.far_kanwil = KanwilFactory(code="TEST-UTARA", name="Kanwil Sumbagut", city="Medan")
        self.far_office = OfficeFactory(
            code="TEST-MEDAN", name="Kantor Cabang Medan", city="Medan", parent=self.far_kanwil
        )
        OfficeAreaFactory(office=self.far_office, regency_id="1271")
        self.kanwil.kanwil_provinces.get_or_create(province_id="16")
        self.far_kanwil.kanwil_provinces.get_or_create(province_id="12")
        self.holiday = Holiday.objects.create(date="2026-12-25", name="Natal")

    def _people(self) -> None:
        kind = Role.Kind
        self.users = {name: UserFactory(name=name.title()) for name in DONORS}
        for name, role, office, far in [
            ("officer", kind.BRANCH_OFFICER, self.office, self.far_office),
            ("supervisor", kind.BRANCH_SUPERVISOR, self.office, self.far_office),
            ("treasurer", kind.TREASURER, self.office, self.far_office),
            ("regional", kind.REGIONAL_ADMIN, self.kanwil, self.far_kanwil),
            ("auditor", kind.AUDITOR, self.kanwil, self.far_kanwil),
        ]:
            self.users[name] = _staff(name, role, office)
            self.users[f"far_{name}"] = _staff(f"far_{name}", role, far)
        self.users["head"] = _staff("head", kind.HEAD_OFFICE, None)

    def _cases(self) -> None:
        owner = self.users["owner"]
        by_form = Donor(owner).start()
        by_form.fill()
        by_form.prove()
        by_form.send()
        self.sent, self.case = by_form.order, by_form.case
        self.evidence = Evidence.objects.get(enrollment=self.case)
        # Only who has said why he looks may open the form, which bears the NIK.
        reveal(enrollment=self.case, viewer=self.users["officer"], reason="uji", now=NOW)
        by_link = Donor(owner).start()
        by_link.fill(who(way="link", name="Wati Contoh"))
        by_link.send()
        self.linked = by_link.case
        draft = Donor(owner).start()
        draft.fill(who(name="Tono Contoh"))
        self.draft, self.key = draft.order, draft.worker_url.rstrip("/").rpartition("/")[2]

        self.donor = DonorRow.everything.get(person=owner)
        self.programme = Programme.objects.get(donor=self.donor)
        for name in ("payer", "viewer"):
            DonorMemberFactory(donor=self.donor, user=self.users[name], role=DonorMember.Role(name))
        DonorFactory(person=self.users["stranger"])
        order = self._order()
        self.held = EnrollmentFactory(
            order=order, in_review=True, taken_by=self.users["officer"], serial=1
        )
        self.returned = EnrollmentFactory(
            order=order, returned=True, decided_by=self.users["officer"], serial=2
        )
        self.unsigned = EnrollmentFactory(order=order, awaiting_consent=True, serial=3)
        self.unreached = not_delivered(user=owner)

    def _money(self) -> None:
        self.covered = covered_worker(order=self._order(), serial=4, decided_by=self._officer)
        refused = covered_worker(order=self._order(), nik=REFUSED_BY_CORE, decided_by=self._officer)
        remit(today=TODAY, now=NOW)
        fetch_answers(now=NOW + timedelta(minutes=1))
        self.refused = Contribution.everything.filter(sponsorship=refused, status="rejected")[0]
        self.receipt = Payment.everything.filter(invoice__donor=self.donor).first()
        self.certificates = certifying.ask(
            donor=self.donor,
            by=self.users["owner"],
            rows=Sponsorship.everything.all(),
            now=NOW,
        )
        self.invoice = billed_order(order=self._order(), serial=5, decided_by=self._officer)
        self.payment = start_payment(invoice=self.invoice, now=NOW)
        self.charge = SandboxCharge.objects.get(order_id=self.payment.order_id)
        self.pay_token = paylinks.make(self.invoice)
        self.company = DonorFactory(organisation=True)
        company = ProgrammeFactory(donor=self.company)
        self.company_invoice = billed_order(
            order=OrderFactory(programme=company), serial=6, decided_by=self._officer
        )
        start_payment(invoice=self.company_invoice, now=NOW)
        self._treasury()
        aftermath.parked(self)
        self._books()
        rebuild_dashboards(today=TODAY, now=NOW)

    def _treasury(self) -> None:
        self.remittance = Remittance.everything.filter(office=self.office).latest("pk")
        # Its content is gone already: nothing of it can be applied.
        self.remittance_answer = AnswerFile.objects.create(
            remittance=self.remittance,
            digest="0" * 64,
            lines=1,
            accepted=0,
            rejected=0,
            imported_by=self.users["treasurer"],
            imported_at=NOW,
        )
        self.bank_account = BankAccount.everything.create(
            office=self.office,
            bank="Bank Contoh",
            number="1234567890",
            holder="SERTAKAN",
            opened_at=NOW,
            confirmed_at=NOW,
        )
        banking.of_world(self)
        self.budget = ProgrammeFactory(
            agreement=True, opened_by_office=self.office, fixed_until=add_months(TODAY, 1)
        )
        self.refund, self.company_refund = (
            Refund.everything.create(
                donor=donor,
                office=self.office,
                target="account",
                amount=16_800,
                reason="uji",
                asked_by=self.users["owner"],
                asked_at=NOW,
            )
            for donor in (self.donor, self.company)
        )

    def _books(self) -> None:
        self.clearing = ledger.account("clearing", gateway="sandbox")
        self.holding = ledger.account("holding", donor=self.donor)
        prove_books(occasion="night", now=NOW)

        self.late_money = LateMoney.objects.create(
            payment=self.receipt,
            sponsorship=self.covered,
            office=self.office,
            amount=16_800,
            made_at=NOW,
        )

    def _registry(self) -> None:
        worker = self.covered.worker
        self.change = propose(
            worker=worker,
            values={"name": "Nama Benar"},
            reason="KTP",
            said_by="worker",
            by=self._officer,
            now=NOW,
        )
        # A move that was followed up: it holds nothing up.
        self.life_event = WorkerEvent.everything.create(
            worker=worker,
            kind="moved",
            village=worker.village,
            happened_on=TODAY,
            said_by="worker",
            office=self.office,
            recorded_by=self._officer,
            recorded_at=NOW,
            followed_up_at=NOW,
        )

    def _reports(self) -> None:
        self.report = reported(name="Joko Contoh")

    def _check_files(self) -> None:
        def propose() -> CheckBatch:
            return check_files.propose(
                office=self.office,
                officer=self._officer,
                target="core",
                purpose="Pemeriksaan uji",
                unasked=False,
                now=NOW,
            )

        self.proposed_batch = propose()
        self.batch = check_files.release(
            batch=propose(), supervisor=self.users["supervisor"], now=NOW
        )
        content = sandbox_answers(batch=self.batch, now=NOW)
        self.batch_answer = check_answers.receive(
            batch=self.batch, content=content, sender=self._officer, now=NOW
        )

    def _bulk(self) -> None:
        def preview() -> BulkDecision:
            waiting = Enrollment.everything.filter(office=self.office, status="submitted")
            return bulk.preview(
                officer=self._officer,
                verb="reject",
                enrollments=list(waiting.values_list("pk", flat=True)),
                reasons={"case": "not_found"},
                now=NOW,
            )

        self.bulk_preview, self.bulk = preview(), preview()
        BulkDecision.everything.filter(pk=self.bulk.pk).update(status="proposed", needs_second=True)
        self.call_back = CallBack.everything.create(
            enrollment=self.covered.enrollment,
            office=self.office,
            decided_by=self._officer,
            drawn_at=NOW,
            due_on=TODAY,
        )

    @property
    def _officer(self) -> User:
        return self.users["officer"]

    def _order(self) -> Any:
        programme = getattr(self, "programme", None)
        return OrderFactory(programme=programme, created_by=self.users["owner"])

    def ask(
        self, person: str, method: str, url: str, data: Any = None, *, api: bool = False
    ) -> HttpResponse:
        """Open an address as a person, in a browser or as his program."""
        client = Client()
        headers = {"accept-language": "id"}
        if person != NOBODY and api:
            headers["authorization"] = f"Token {self.tokens[person]}"
        elif person != NOBODY:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        shape = {"content_type": "application/json"} if api and method == "post" else {}
        return getattr(client, method)(url, data or {}, headers=headers, **shape)  # type: ignore[no-any-return]

    @property
    def niks(self) -> set[str]:
        """Every full NIK that the portal keeps; the draft's among them."""
        return {case.nik for case in Enrollment.everything.exclude(nik="")} | {NIK}


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is written inside; as in a TestCase, durable blocks may stand inside."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def _staff(name: str, kind: str, office: Any) -> User:
    return RoleFactory(user=UserFactory(name=name.title()), kind=kind, office=office).user  # type: ignore[no-any-return]


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    session: SessionStore = client.session  # type: ignore[assignment]
    return str(session.session_key)


def links_of(page: str) -> list[str]:
    """List the addresses of this portal to which a page leads."""
    found = re.findall(r'<a [^>]*?href="(/[^"#]*)', page)
    return [unescape(link) for link in found if not link.startswith("/static/")]


def actions_of(page: str) -> list[str]:
    """List where the forms of a page send what is filled in; empty for the page itself."""
    forms = [tag for tag in re.findall(r"<form[^>]*>", page) if 'method="post"' in tag]
    found = [re.search(r'action="([^"]*)"', tag) for tag in forms]
    return [unescape(action[1]) if action else "" for action in found]
