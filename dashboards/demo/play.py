"""Playing the demo's story through the portal's own services, on the days it tells of."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from uuid import NAMESPACE_URL, UUID, uuid5

from PIL import Image, ImageDraw

from accounts.models import User
from bricks.clock import JAKARTA
from contributions.models import Contribution
from contributions.services import (
    expiring,
    lapsing,
    remitting,
    renewing,
    settling,
    spending,
    sponsoring,
)
from dashboards.demo.cast import Person
from donors.models import Programme
from notices.models import Message
from payments.gateways.registry import chosen_gateway
from payments.models import Invoice, Payment, SandboxCharge, SandboxDelivery
from payments.sandbox import provider
from payments.services.applying import apply_truth
from payments.services.paying import start_payment
from regions.models import Area
from workers.entries import FORM, LINK, PUBLIC_TASK, Entry, Terms, WorkerData
from workers.models import Enrollment, Occupation, Order
from workers.services import deciding, holding, ordering
from workers.services.evidence import StoredFile, keep_file


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of a business day in Jakarta."""
    return datetime.combine(day, time(hour, minute), tzinfo=JAKARTA)


@dataclass
class Stage:
    """What the story is played on: villages and jobs to choose from, officers by office."""

    officers: dict[str, User]
    villages: Mapping[str, Iterator[Area]]
    occupations: Iterator[Occupation]
    drivers: Iterator[Occupation]

    @classmethod
    def build(cls, officers: dict[str, User], regencies: Sequence[str]) -> "Stage":
        """Take every third village of each regency, and the occupations in their order."""
        villages = {
            code: cycle(
                list(Area.objects.filter(code__startswith=code, level="village").order_by("code"))[
                    ::3
                ]
            )
            for code in regencies
        }
        jobs = Occupation.objects.order_by("order", "code")
        return cls(
            officers=officers,
            villages=villages,
            occupations=cycle(list(jobs.filter(sector="other"))),
            drivers=cycle(list(jobs.filter(sector="transport"))),
        )

    def data_of(self, person: Person, regency: str, *, driver: bool = False) -> WorkerData:
        """Let a person live in a regency and have a job."""
        return WorkerData(
            nik=person.nik,
            name=person.name,
            birth_date=person.birth_date,
            sex=person.sex,
            phone=person.phone,
            village=next(self.villages[regency]),
            occupation=next(self.drivers if driver else self.occupations),
        )


def signed_form() -> StoredFile:
    """Draw what a photographed form would look like, and say on it that it is none."""
    picture = Image.new("RGB", (420, 300), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((20, 20), "CONTOH - bukan surat sungguhan", fill="black")
    pen.text((20, 60), "Saya setuju didaftarkan.", fill="black")
    pen.line([(40, 220), (90, 180), (140, 230), (210, 190)], fill="navy", width=3)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return keep_file(content=file.getvalue())


def hand_in(
    *,
    name: str,
    user: User,
    programme: Programme | None,
    workers: Sequence[WorkerData],
    months: int,
    now: datetime,
    relation: str = Enrollment.Relation.HOUSEHOLD,
    by_link: int = 0,
) -> Order:
    """Let a donor hand in an order; the last `by_link` workers get a link instead of a form."""
    terms = {"months": str(months)}
    order = ordering.start_order(
        key=key_of(name), user=user, programme=programme, terms=terms, now=now
    )
    public = programme is not None and programme.public_task
    forms = len(workers) - by_link
    entries = [
        Entry(
            relation=relation,
            name=data.name,
            way=PUBLIC_TASK if public else FORM if position < forms else LINK,
            data=data if public or position < forms else None,
            proof=signed_form() if not public and position < forms else None,
        )
        for position, data in enumerate(workers)
    ]
    return ordering.submit_order(
        order=order, terms=Terms(months=months), entries=entries, user=user, now=now
    )


def key_of(name: str) -> UUID:
    """A name of the story as a key that is the same at every loading."""
    return uuid5(NAMESPACE_URL, f"https://demo.example/{name}")


def decide(
    order: Order,
    officer: User,
    now: datetime,
    act: Callable[[Enrollment, User, datetime], object] | None = None,
) -> None:
    """Let an officer take each waiting case of an order and decide it; approved by default."""
    waiting = Enrollment.everything.filter(order=order, status=Enrollment.Status.SUBMITTED)
    for number, case in enumerate(waiting.order_by("position")):
        held = holding.take(enrollment=case, officer=officer, now=now + timedelta(minutes=number))
        (act or approve)(held, officer, now + timedelta(minutes=number, seconds=40))


def approve(case: Enrollment, officer: User, now: datetime) -> None:
    """Approve as an officer would who has called the worker."""
    deciding.approve(
        enrollment=case,
        officer=officer,
        sector=case.occupation.sector if case.occupation else case.sector,
        now=now,
        proof="call",
        differences_seen=True,
    )


def pay(order: Order, now: datetime, *, extra: int = 0) -> Payment | None:
    """Let the donor pay the open invoice of an order at the sandbox, and post the money.

    The webhooks of that day are not played: the portal asks the provider, as it does
    when a webhook is lost.
    """
    lines = Contribution.everything.filter(
        sponsorship__enrollment__order=order, status=Contribution.Status.PROMISED
    )
    invoice = Invoice.everything.filter(
        pk__in=lines.values("invoice"), status=Invoice.Status.OPEN
    ).first()
    if invoice is None:
        return None
    payment = start_payment(invoice=invoice, now=now, by=order.created_by)
    charge = SandboxCharge.objects.get(order_id=payment.order_id)
    paid_at = now + timedelta(minutes=2)
    provider.pay(
        charge=charge,
        way=payment.way,
        amount=payment.amount + extra,
        now=paid_at,
        delivery=provider.DELIVERIES["lost"],
    )
    truth = chosen_gateway().status(payment.order_id, now=paid_at)
    apply_truth(payment=payment, truth=truth, now=paid_at)
    settling.allocate_payments(now=paid_at + timedelta(seconds=5))
    if extra:
        spending.spend_credit(now=paid_at + timedelta(seconds=10))
    return payment


def night(day: date, *, until: datetime | None = None) -> None:
    """Let the jobs of a night run, before anybody pays: what a new month has made stale is
    withdrawn, and what is due is asked for. No instant lies after `until`, the present."""
    expiring.expire(today=day, now=_earlier(at(day, 1, 10), until))
    renewing.renew_tonight(today=day, now=_earlier(at(day, 1, 10), until))
    lapsing.lapse(today=day, now=_earlier(at(day, 2, 10), until))


def afternoon(day: date, *, until: datetime | None = None) -> None:
    """Let the jobs of a day run, as the schedule orders them; `until` as in `night`."""
    sponsoring.follow_up_approvals(now=_earlier(at(day, 12), until))
    remitting.remit(today=day, now=_earlier(at(day, 14), until))
    remitting.fetch_answers(now=_earlier(at(day, 15), until))


def _earlier(instant: datetime, until: datetime | None) -> datetime:
    return min(instant, until) if until else instant


def quiet_the_past(now: datetime) -> None:
    """Give up the webhooks and drop the messages of the days that the story tells of."""
    SandboxDelivery.objects.filter(delivered_at__isnull=True).update(given_up_at=now)
    old = Message.objects.filter(
        status=Message.Status.WAITING, not_before__lt=now - timedelta(days=3)
    )
    old.update(status=Message.Status.DROPPED)
