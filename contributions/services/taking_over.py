"""Another donor goes on: chosen by a link or from the list, confirmed by the branch, paid.

The way is that of every enrollment (house section 3): the choice makes a case, the worker
agrees, the branch decides, an invoice asks for the months after the last paid one. The
former sponsorship stops renewing when the branch's approval is followed up, not before:
no gap, and no month twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions import locks, rescue_letters
from contributions.models import HandOver, Sponsorship, TakeOver, WaitingPlace
from contributions.services import waiting
from contributions.services.stopping import stop_locked
from contributions.services.telling import tell_donor
from donors.models import Programme
from donors.selectors import sertakan_of
from donors.services import donor_for_person
from workers import standing
from workers.models import Consent, Enrollment
from workers.services import repairing
from workers.services.continuing import Given, Successor, open_cases
from workers.services.handing_in import CannotHandIn
from workers.services.telling import tell_worker

Case = Enrollment.Status
Status = Sponsorship.Status
Outcome = TakeOver.Outcome
How = WaitingPlace.How


class CannotTakeOver(Exception):
    """A worker cannot be taken over; the sentence is fit for a donor who knows no names."""

    sentence: ClassVar[str | Promise] = _("Ini tidak dapat diteruskan. Cabang atau 175 membantu.")

    def __str__(self) -> str:
        return str(self.sentence)


class LinkClosed(CannotTakeOver):
    """The link has expired, was used or taken back, or there is nothing to take over."""

    sentence = _("Tautan ini tidak berlaku lagi. Mintalah yang baru kepada pengirimnya.")


class OwnWorker(CannotTakeOver):
    """The donor pays for the worker already."""

    sentence = _("Pekerja ini sudah Anda bayar sendiri.")


class PlaceTaken(CannotTakeOver):
    """Somebody else was faster, or the place was left."""

    sentence = _("Pekerja ini baru saja dipilih donatur lain. Silakan pilih yang lain.")


@dataclass(frozen=True)
class Terms:
    """Under which programme (None: the person's own, made at his first choice), for how
    long, and as whom of the worker's."""

    programme: Programme | None
    months: int
    relation: str


def accept(*, hand_over: HandOver, terms: Terms, by: User, now: datetime) -> TakeOver:
    """Let a donor accept what another hands over to him: the link is used.

    The worker is asked, unless the programme is a public task. Sent again by who accepted
    it, nothing happens a second time. Raises LinkClosed, OwnWorker, and CannotHandIn for
    what any new case may be refused for.
    """
    former = _former(hand_over.sponsorship_id)
    with transaction.atomic():
        locks.lock_workers([former.worker_id])
        former = _former(former.pk)
        if known := _known(by).filter(hand_over=hand_over).first():
            return known
        if not is_to_hand_over(former, today=jakarta_date(now)):
            raise LinkClosed
        programme = _programme(terms, by, now)
        if former.donor_id == programme.donor_id:
            raise OwnWorker
        used = HandOver.everything.filter(
            pk=hand_over.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
        ).update(used_at=now)
        if not used:
            raise LinkClosed
        [case] = _cases(programme, terms, [Successor(former.enrollment)], by, now)
        taken = _keep(former, case, by=by, now=now, hand_over=hand_over)
        if case.status == Case.AWAITING_CONSENT:
            _tell_worker(former, case, rescue_letters.worker_asked(), now)
        tell_donor(
            donor=former.donor,
            key=f"hand_over_accepted:{taken.pk}",
            kind="hand_over_accepted",
            text=lambda _user: rescue_letters.accepted(former.worker),
            now=now,
        )
        return taken


def is_to_hand_over(row: Sponsorship, *, today: date) -> bool:
    """Tell whether a sponsorship can be handed over: it runs, nothing is withheld, and
    nobody takes the worker over already."""
    runs = row.status == Status.ACTIVE and row.paid_until is not None and row.paid_until >= today
    taking = TakeOver.everything.filter(worker=row.worker_id, closed_at__isnull=True)
    held = standing.is_held(row.worker_id) or row.parked_at is not None
    return runs and not held and not taking.exists()


def choose(
    *, places: Sequence[WaitingPlace], terms: Terms, by: User, now: datetime
) -> list[TakeOver]:
    """Let a donor choose workers of the waiting list, all or none: one order, one invoice.

    They agreed when they joined, to a donor whom the branch has checked: so their cases go
    to the branch at once. Each is told now, and his "2" still ends it before anybody pays.
    Sent again by who chose them all, nothing happens a second time. Raises PlaceTaken,
    OwnWorker and CannotHandIn.
    """
    with transaction.atomic():
        locks.lock_workers([place.worker_id for place in places])
        known = list(_known(by).filter(place__in=[place.pk for place in places]))
        if places and len(known) == len(places):
            return known
        free = WaitingPlace.everything.open().filter(pk__in=[place.pk for place in places])
        rows = list(free.select_related("worker", "recorded_by", "former__enrollment__worker"))
        workers = [row.worker_id for row in rows]
        taking = TakeOver.everything.filter(worker__in=workers, closed_at__isnull=True)
        if len(rows) != len(places) or taking.exists() or standing.holds_of(workers):
            raise PlaceTaken
        programme = _programme(terms, by, now)
        if any(row.former.donor_id == programme.donor_id for row in rows):
            raise OwnWorker
        chosen = [Successor(row.former.enrollment, _given(row)) for row in rows]
        cases = _cases(programme, terms, chosen, by, now)
        for row, case in zip(rows, cases, strict=True):
            _tell_worker(row.former, case, rescue_letters.worker_chosen(), now)
        return [
            _keep(row.former, case, by=by, now=now, place=row)
            for row, case in zip(rows, cases, strict=True)
        ]


def withdraw(*, take_over: TakeOver, by: User, now: datetime) -> None:
    """Let the new donor change his mind before the branch has decided; else he stops the
    sponsorship as any other. Raises CannotTakeOver once it is decided."""
    with transaction.atomic():
        locks.lock_workers([take_over.worker_id])
        try:
            repairing.withdraw(enrollment=take_over.enrollment, user=by, now=now)
        except CannotHandIn:
            raise CannotTakeOver from None
        _close(take_over.pk, Outcome.WITHDRAWN, now)


# --- once the branch has approved -----------------------------------------------------
def stop_formers(*, cases: Collection[Enrollment], now: datetime) -> None:
    """Stop what those hand over whose workers' cases are followed up now.

    In the transaction that makes the new sponsorships, after `lock_workers`: from here on
    the new one is asked, and the former one is not renewed.
    """
    ids = [case.pk for case in cases if case.continues_id is not None]
    rows = TakeOver.everything.filter(
        enrollment__in=ids, hand_over__isnull=False, closed_at__isnull=True
    )
    for row in rows.select_related("hand_over__made_by", "former__donor", "former__worker"):
        if row.hand_over is None:
            continue
        by = row.hand_over.made_by
        if stop_locked(sponsorship_ids=[row.former_id], by=by, now=now):
            TakeOver.everything.filter(pk=row.pk).update(former_stopped_at=now)
        tell_donor(
            donor=row.former.donor,
            key=f"handed_over:{row.pk}",
            kind="handed_over",
            text=lambda _user, row=row: rescue_letters.handed_over(row.former),  # type: ignore[misc]
            now=now,
        )


def follow_take_overs(*, now: datetime) -> dict[str, int]:
    """Close every take-over that has come to its end, and tell both donors. Idempotent.

    Paid: the new one runs. Refused, taken back or not paid in time: the former donor is
    told; where his sponsorship does not go on, the worker goes to the waiting list, since
    he agreed to another payer. Returns counts by outcome.
    """
    counts = dict.fromkeys([outcome for outcome in Outcome.values if outcome], 0)
    rows = TakeOver.everything.filter(closed_at__isnull=True).exclude(
        enrollment__status__in=Enrollment.OPEN
    )
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        outcome = _outcome(pk)
        if outcome and _close(pk, outcome, now):
            counts[outcome] += 1
    return counts


def _outcome(pk: int) -> str:
    row = TakeOver.everything.select_related("enrollment").get(pk=pk)
    new = Sponsorship.everything.filter(enrollment=row.enrollment_id).first()
    if new is not None and new.paid_until is not None:
        return Outcome.PAID
    case = row.enrollment.status
    if case == Case.REJECTED:
        return Outcome.REJECTED
    if case == Case.WITHDRAWN:
        return Outcome.DECLINED
    over = new is not None and new.status in {Status.ENDED, Status.LAPSED}
    return Outcome.UNPAID if over or case == Case.EXPIRED else ""


def _close(pk: int, outcome: str, now: datetime) -> bool:
    with transaction.atomic():
        open_rows = TakeOver.everything.filter(pk=pk, closed_at__isnull=True)
        if open_rows.update(closed_at=now, outcome=outcome) != 1:
            return False
        whole = TakeOver.everything.select_related(
            "donor", "worker", "former__donor", "former__worker", "enrollment"
        )
        row = whole.get(pk=pk)
        audit.record(action="take_over.closed", obj=row, now=now, after={"outcome": outcome})
        if outcome in {Outcome.DECLINED, Outcome.REJECTED}:
            tell_donor(
                donor=row.donor,
                key=f"take_over_closed:{row.pk}",
                kind="take_over_closed",
                text=lambda _user: rescue_letters.not_taken(),
                now=now,
            )
        if outcome != Outcome.PAID and row.hand_over_id is not None:
            former = _state_of(row.former)
            agreed = outcome in {Outcome.UNPAID, Outcome.WITHDRAWN}
            waits = former != "goes_on" and agreed and _waits_again(row, now)
            tell_donor(
                donor=row.former.donor,
                key=f"hand_over_failed:{row.pk}",
                kind="hand_over_failed",
                text=lambda _user: rescue_letters.failed(row, former=former, waits=waits),
                now=now,
            )
        return True


def _state_of(former: Sponsorship) -> str:
    """Say how it stands, in the words of `rescue_letters.failed`."""
    if standing.is_held(former.worker_id):
        return "held"
    if waiting.goes_on(former):
        return "goes_on"
    return "stopped" if former.status == Status.ACTIVE else "over"


def _waits_again(row: TakeOver, now: datetime) -> bool:
    """Put the worker on the list: he agreed to another payer, who then did not pay."""
    consent = Consent.objects.filter(enrollment=row.enrollment_id).first()
    if consent is None or consent.channel == Consent.Channel.PUBLIC_TASK:
        return False
    how = consent.how or (How.PAGE if consent.recorded_by_id is None else How.CAME)
    try:
        with transaction.atomic():
            waiting.join(
                worker=row.worker,
                how=how,
                by=consent.recorded_by,
                source=WaitingPlace.Source.HANDED_OVER,
                agreed_at=consent.given_at,
                now=now,
            )
    except waiting.CannotWait:
        return False
    return True


# --- what the ways share -----------------------------------------------------------------
def _former(pk: int) -> Sponsorship:
    rows = Sponsorship.everything.select_related("worker", "donor", "enrollment__worker")
    return rows.get(pk=pk)


def _known(by: User) -> QuerySet[TakeOver]:
    """What this user has chosen or accepted, and that is under way."""
    return TakeOver.everything.filter(chosen_by=by, closed_at__isnull=True).order_by("pk")


def _programme(terms: Terms, by: User, now: datetime) -> Programme:
    return terms.programme or sertakan_of(donor_for_person(user=by, now=now))


def _cases(
    programme: Programme, terms: Terms, successors: Sequence[Successor], by: User, now: datetime
) -> list[Enrollment]:
    return open_cases(
        programme=programme,
        successors=successors,
        relation=terms.relation,
        months=terms.months,
        user=by,
        now=now,
    )


def _keep(
    former: Sponsorship,
    case: Enrollment,
    *,
    by: User,
    now: datetime,
    hand_over: HandOver | None = None,
    place: WaitingPlace | None = None,
) -> TakeOver:
    taken = TakeOver.everything.create(
        worker_id=former.worker_id,
        former=former,
        donor_id=case.donor_id,
        enrollment=case,
        hand_over=hand_over,
        place=place,
        chosen_by=by,
        chosen_at=now,
    )
    audit.record(
        action="take_over.begun",
        obj=taken,
        actor=by,
        now=now,
        office=case.office,
        after={"enrollment": case.pk, "former": former.pk},
    )
    return taken


def _given(place: WaitingPlace) -> Given:
    """Turn the worker's word, by which he joined the list, into his consent."""
    channels = {How.PAGE: Consent.Channel.PAGE, How.MESSAGE: Consent.Channel.MESSAGE}
    channel = channels.get(How(place.how), Consent.Channel.BRANCH)
    how = place.how if channel == Consent.Channel.BRANCH else ""
    return Given(channel, place.agreed_at, how=how, recorded_by=place.recorded_by)


def _tell_worker(former: Sponsorship, case: Enrollment, body: str, now: datetime) -> None:
    """Write to the worker of a case; his digit is an answer about it."""
    tell_worker(
        worker=former.worker,
        key=f"take_over_asked:{case.pk}",
        kind="take_over_asked",
        body=body,
        now=now,
        asks=f"enrollment:{case.pk}",
    )
