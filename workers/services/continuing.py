"""A case that goes on where another ends: the same worker, another payer.

Nobody enters data anew: what is claimed is what the registry says of the worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date
from donors.models import Donor, Programme
from workers.entries import MOST_WORKERS
from workers.models import Consent, Enrollment, Order, Worker
from workers.services.handing_in import CannotHandIn, hand_in, record_consent
from workers.services.ordering import OrderEmpty, OrderFull, refuse_over_quota
from workers.services.thread import tell_thread

Status = Enrollment.Status


@dataclass(frozen=True)
class Given:
    """The worker's consent to another payer, which he gave before anyone was found."""

    channel: str
    at: datetime
    how: str = ""
    recorded_by: User | None = None


@dataclass(frozen=True)
class Successor:
    """One worker to be taken over: the case that ends, and his consent where it is there."""

    former: Enrollment
    consent: Given | None = None


def open_cases(
    *,
    programme: Programme,
    successors: Sequence[Successor],
    relation: str,
    months: int,
    user: User,
    now: datetime,
) -> list[Enrollment]:
    """Open one order with a case for each worker, all or none, and return the cases in order.

    A case whose worker has agreed, or whose programme is a public task, goes to the
    branch; the others wait for the worker. Their donor sees none of them before the branch
    has approved. Raises CannotHandIn: OrderEmpty, OrderFull, QuotaReached, NoOffice, and
    for a worker of whom the donor has an open case already.
    """
    if not successors:
        raise OrderEmpty
    if len(successors) > MOST_WORKERS:
        raise OrderFull
    try:
        with transaction.atomic():
            donor = Donor.everything.select_for_update().get(pk=programme.donor_id)
            refuse_over_quota(donor, len(successors))
            order = _order(programme, user, now)
            cases = [
                _open(order, place, one, relation=relation, months=months, user=user, now=now)
                for place, one in enumerate(successors, start=1)
            ]
            record(
                action="order.submitted",
                obj=order,
                now=now,
                actor=user,
                after={"workers": len(cases)},
            )
            return cases
    except IntegrityError:
        # He has entered the worker himself already: he learns no more than that (P8).
        raise CannotHandIn from None


def open_own_case(
    *, programme: Programme, former: Enrollment, months: int, now: datetime
) -> Enrollment:
    """Open an approved case by which a worker goes on paying for himself.

    The branch has approved the former one, whose cover it goes on with: so nobody decides
    again, and `decided_by` is empty. Runs in the caller's transaction.
    """
    order = _order(programme, None, now)
    case = _case(order, 1, former, relation=Enrollment.Relation.OTHER, months=months, now=now)
    case.status, case.worker = Status.APPROVED, former.worker
    case.office, case.submitted_at, case.decided_at = former.office, now, now
    case.approved_until = jakarta_date(now) + timedelta(days=settings.APPROVAL_DAYS)
    case.snapshot = {"continues": former.pk}
    case.save()
    record_consent(enrollment=case, channel=Consent.Channel.PAGE, user=None, now=now)
    tell_thread(enrollment=case, kind="pays_himself", now=now, after={"continues": former.pk})
    return case


def open_bridged_cases(
    *, programme: Programme, formers: Sequence[Enrollment], now: datetime
) -> list[Enrollment]:
    """Open approved cases, in order, for a month that the bridge fund pays.

    The branch has approved the former ones, and the worker's consent to those stands: the
    same operator goes on for the same purpose and nobody else learns of him, so nobody is
    asked again. They are followed up already. Runs in the caller's transaction.
    """
    order = _order(programme, None, now)
    cases = []
    for place, former in enumerate(formers, start=1):
        relation = Enrollment.Relation.PROGRAMME
        case = _case(order, place, former, relation=relation, months=1, now=now)
        # The death and accident contributions alone: savings are no gap in protection.
        case.jht = False
        case.status, case.worker = Status.APPROVED, former.worker
        case.office, case.submitted_at, case.decided_at = former.office, now, now
        # Nobody is ever billed for it: if BPJS refuses the month, it is over.
        case.approved_until = jakarta_date(now) - timedelta(days=1)
        case.followed_up_at = now
        case.snapshot = {"continues": former.pk}
        cases.append(case)
    Enrollment.everything.bulk_create(cases)
    for case in cases:
        told = {"continues": case.continues_id}
        tell_thread(enrollment=case, kind="bridged", now=now, after=told)
    return cases


def _order(programme: Programme, user: User | None, now: datetime) -> Order:
    return Order.everything.create(
        donor_id=programme.donor_id,
        programme=programme,
        created_by=user,
        status=Order.Status.SUBMITTED,
        created_at=now,
        saved_at=now,
        submitted_at=now,
    )


def _open(
    order: Order,
    position: int,
    one: Successor,
    *,
    relation: str,
    months: int,
    user: User,
    now: datetime,
) -> Enrollment:
    case = _case(order, position, one.former, relation=relation, months=months, now=now)
    case.save()
    given = one.consent
    if order.programme.public_task:
        given = Given(Consent.Channel.PUBLIC_TASK, now, recorded_by=user)
    if given is None:
        tell_thread(enrollment=case, kind="awaiting_consent", now=now, actor=user)
        return case
    record_consent(
        enrollment=case,
        channel=given.channel,
        user=given.recorded_by,
        now=now,
        how=given.how,
        given_at=given.at,
    )
    waiting = (Status.AWAITING_CONSENT,)
    return hand_in(enrollment=case, given=waiting, kind="submitted", actor=user, now=now)


def _case(
    order: Order, position: int, former: Enrollment, *, relation: str, months: int, now: datetime
) -> Enrollment:
    """Build (not save) a case from what the registry says and the former case asked for."""
    worker: Worker | None = former.worker
    if worker is None:
        raise ValueError(f"enrollment {former.pk} has no worker")
    return Enrollment(
        order=order,
        position=position,
        donor_id=order.donor_id,
        programme=order.programme,
        continues=former,
        status=Status.AWAITING_CONSENT,
        nik=worker.nik,
        nik_index=worker.nik_index,
        name=worker.name,
        birth_date=worker.birth_date,
        sex=worker.sex,
        phone=worker.phone,
        phone_index=worker.phone_index,
        address=worker.address,
        address_index=worker.address_index,
        village=worker.village,
        occupation=worker.occupation,
        relation=relation,
        months=months,
        bracket=former.bracket,
        jht=former.jht,
        sector=former.sector,
        created_at=now,
    )
