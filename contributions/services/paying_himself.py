"""A worker goes on paying for himself (P17): a donor of his own, and his own invoice."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from bricks.clock import jakarta_date
from contributions import locks
from contributions.models import SelfPayer, Sponsorship
from contributions.own_page import first_bill_of, self_pay_of
from contributions.selectors import cover_status
from contributions.services.billing import bill_order
from contributions.services.stopping import stop_locked
from donors.models import Donor, Funding, Programme
from payments.models import Invoice
from workers import standing
from workers.models import Enrollment, Worker
from workers.services.continuing import open_own_case


class CannotPayHimself(Exception):
    """Nobody asks him to pay now, or the branch has to say how."""

    def __str__(self) -> str:
        return str(_("Sekarang belum bisa membayar di sini. Telepon 175 atau datang ke cabang."))


class AlreadyAsked(CannotPayHimself):
    """An open invoice asks for him already; `url` leads to paying it."""

    def __init__(self, url: str) -> None:
        """Name the way to pay it."""
        super().__init__()
        self.url = url


def pay_himself(*, worker: Worker, months: int, now: datetime) -> Invoice:
    """Bill a worker for so many months after the last paid one, as his own donor.

    Only where `self_pay_of` offers it: his donor has said stop, or cover has ended unpaid,
    nothing is withheld, no budget's stage is awaited, and cover is not ended. The branch
    has approved him before, so nobody checks again. Whoever pays first buys the months.
    Of two presses one makes the invoice. Raises AlreadyAsked, CannotPayHimself.
    """
    today = jakarta_date(now)
    with transaction.atomic():
        locks.lock_workers([worker.pk])
        pay = self_pay_of(worker, cover_status(worker, today=today), today=today)
        held = standing.is_held(worker.pk) or standing.reports_open([worker.pk])
        if pay.kind == "link" and not held:
            raise AlreadyAsked(pay.url)
        if held or pay.kind != "self" or months not in dict(pay.choices):
            raise CannotPayHimself
        paid = Sponsorship.everything.filter(worker=worker, paid_until__isnull=False)
        former = paid.select_related("enrollment__worker", "enrollment__office").latest(
            "paid_until", "pk"
        )
        programme = _own_programme(worker, now)
        case = open_own_case(programme=programme, former=former.enrollment, months=months, now=now)
        Enrollment.everything.filter(pk=case.pk).update(followed_up_at=now)
        row = Sponsorship.everything.create(
            enrollment=case,
            worker=worker,
            donor=programme.donor,
            programme=programme,
            status=Sponsorship.Status.AWAITING_PAYMENT,
            months=months,
            bracket=former.bracket,
            jht=former.jht,
            sector=former.sector,
            funding=programme.funding,
            created_at=now,
        )
        invoice, _queued = bill_order(order_id=case.order_id, today=today, now=now)
        if invoice is None:
            raise CannotPayHimself
        audit.record(action="sponsorship.by_himself", obj=row, office=case.office, now=now)
        return invoice


class NothingToTakeBack(CannotPayHimself):
    """No unpaid bill of his own stands open: paid meanwhile, or taken back already."""

    def __str__(self) -> str:
        return str(_("Tidak ada tagihan Anda sendiri yang masih terbuka."))


def take_back(*, worker: Worker, now: datetime) -> None:
    """Withdraw the bill that a worker has asked for himself and not paid, so that he may
    choose fewer months, or another sponsor. Raises NothingToTakeBack.

    What is paid for it all the same is credit of his own, as any late money.
    """
    with transaction.atomic():
        locks.lock_workers([worker.pk])
        row = first_bill_of(worker, Sponsorship.everything.filter(worker=worker).order_by("-pk"))
        if row is None or not stop_locked(sponsorship_ids=[row.pk], by=None, now=now):
            raise NothingToTakeBack


def _own_programme(worker: Worker, now: datetime) -> Programme:
    """Return the programme of the worker's own donor, made at his first call."""
    known = SelfPayer.objects.filter(worker=worker).select_related("donor").first()
    if known is None:
        donor = Donor.everything.create(
            kind=Donor.Kind.PERSON, name=worker.name, show_name=True, created_at=now
        )
        SelfPayer.objects.create(worker=worker, donor=donor, made_at=now)
    else:
        donor = known.donor
    programme, _made = Programme.objects.get_or_create(
        donor=donor,
        kind=Programme.Kind.SERTAKAN,
        closed_at=None,
        defaults={"name": "SERTAKAN", "funding": Funding.PRIVATE, "created_at": now},
    )
    return programme
