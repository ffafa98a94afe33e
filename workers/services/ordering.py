"""An order from its first question to the branch: begin, keep, discard, hand in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from donors.models import Donor, Programme
from donors.selectors import sertakan_of
from donors.services import donor_for_person
from workers.drafts import Answers, Draft, DraftWorker, read_draft, write_draft
from workers.entries import LINK, MOST_WORKERS, PUBLIC_TASK, Entry, Terms
from workers.models import Consent, Enrollment, Order
from workers.services.consenting import make_link
from workers.services.evidence import attach, drop_file, keep_file
from workers.services.handing_in import (
    CannotHandIn,
    claims,
    hand_in,
    record_consent,
    refuse_second_case,
)
from workers.services.thread import tell_thread

Status = Enrollment.Status


class OrderClosed(CannotHandIn):
    """The order is no draft any more: it was handed in or discarded."""

    sentence = _("Pendaftaran ini sudah dikirim.")


class OrderFull(CannotHandIn):
    """An order takes at most MOST_WORKERS workers."""

    sentence = _("Satu pendaftaran untuk paling banyak lima pekerja. Buat pendaftaran baru.")


class OrderEmpty(CannotHandIn):
    """No worker is in the order."""

    sentence = _("Tambahkan paling sedikit satu pekerja.")


class DraftChanged(CannotHandIn):
    """Another tab changed the draft after it was shown."""

    sentence = _("Isian berubah di jendela lain. Periksa sekali lagi, lalu kirim.")


class QuotaReached(CannotHandIn):
    """A donor without a paid invoice may enter NIK_QUOTA workers (P8)."""

    sentence: ClassVar[str | Promise] = _(
        "Sebelum pembayaran pertama, paling banyak %(most)s pekerja. "
        "Setelah itu Anda dapat menambah. Cabang atau 175 dapat membantu."
    )

    def __str__(self) -> str:
        return str(self.sentence) % {"most": settings.NIK_QUOTA}


# --- the draft ---------------------------------------------------------------------
@transaction.atomic
def start_order(
    *, key: UUID, user: User, programme: Programme | None, terms: Answers, now: datetime
) -> Order:
    """Begin an order under a programme of an organisation, or (None) under one's own.

    A person's own donor is made here, at his first order. The same key of the same
    user returns the same order; while that is a draft, the newer terms count. Raises
    OrderClosed for the key of another user's order.
    """
    if programme is None:
        programme = sertakan_of(donor_for_person(user=user, now=now))
    order, made = Order.everything.get_or_create(
        uuid=key,
        defaults={
            "created_by": user,
            "donor_id": programme.donor_id,
            "programme": programme,
            "draft": write_draft(Draft(terms=terms)),
            "created_at": now,
            "saved_at": now,
        },
    )
    if order.created_by_id != user.pk:
        raise OrderClosed
    if not made and order.status == Order.Status.DRAFT:
        save_terms(order=order, terms=terms, now=now)
    return order


@transaction.atomic
def save_terms(*, order: Order, terms: Answers, now: datetime) -> Draft:
    """Keep the answers about the whole order. Raises OrderClosed."""
    _locked, draft = _open_draft(order)
    draft.terms = terms
    return _save(order, draft, now)


@transaction.atomic
def save_draft(
    *,
    order: Order,
    key: str,
    now: datetime,
    who: Answers | None = None,
    data: Answers | None = None,
) -> Draft:
    """Keep the answers about one worker, and leave the others as another tab has them.

    A new key adds a worker. Raises OrderClosed and OrderFull.
    """
    _locked, draft = _open_draft(order)
    worker = _worker(draft, key)
    worker.who = worker.who if who is None else who
    worker.data = worker.data if data is None else data
    return _save(order, draft, now)


def save_proof(*, order: Order, key: str, content: bytes, now: datetime) -> Draft:
    """Keep the photo of a worker's form in place of an earlier one.

    Raises BadFile; OrderClosed and OrderFull, and then keeps nothing.
    """
    stored = keep_file(content=content)
    try:
        with transaction.atomic():
            _locked, draft = _open_draft(order)
            worker = _worker(draft, key)
            replaced = worker.proof.get("path", "")
            worker.proof = stored.as_json()
            draft = _save(order, draft, now)
    except CannotHandIn:
        drop_file(path=stored.path)
        raise
    drop_file(path=replaced)
    return draft


def remove_worker(*, order: Order, key: str, now: datetime) -> Draft:
    """Take a worker out of the draft; one who is not in it changes nothing."""
    with transaction.atomic():
        _locked, draft = _open_draft(order)
        gone = draft.worker(key)
        draft.workers = [worker for worker in draft.workers if worker.key != key]
        draft = _save(order, draft, now)
    if gone:
        drop_file(path=gone.proof.get("path", ""))
    return draft


def discard_order(*, order: Order, user: User | None, now: datetime) -> bool:
    """Throw a draft away, with its photos; False if it was no draft any more.

    A missing user is the clock.
    """
    with transaction.atomic():
        try:
            _locked, draft = _open_draft(order)
        except OrderClosed:
            return False
        Order.everything.filter(pk=order.pk).update(
            status=Order.Status.DISCARDED, draft="", saved_at=now
        )
        record(action="order.discarded", obj=order, now=now, actor=user)
    for worker in draft.workers:
        drop_file(path=worker.proof.get("path", ""))
    return True


def _open_draft(order: Order) -> tuple[Order, Draft]:
    """Lock the order's row, so that two tabs save one after the other."""
    locked = Order.everything.select_for_update().get(pk=order.pk)
    if locked.status != Order.Status.DRAFT:
        raise OrderClosed
    return locked, read_draft(locked.draft)


def _worker(draft: Draft, key: str) -> DraftWorker:
    worker = draft.worker(key)
    if worker is None:
        if draft.is_full:
            raise OrderFull
        worker = DraftWorker(key)
        draft.workers.append(worker)
    return worker


def _save(order: Order, draft: Draft, now: datetime) -> Draft:
    Order.everything.filter(pk=order.pk).update(draft=write_draft(draft), saved_at=now)
    return draft


# --- handing in --------------------------------------------------------------------
def submit_order(
    *, order: Order, terms: Terms, entries: Sequence[Entry], user: User, now: datetime
) -> Order:
    """Hand an order in: one case per worker, all or none.

    `order` is the row as its draft was read; a draft that another tab has changed
    since raises DraftChanged. A worker whose consent is there goes to the branch; the
    others wait for it. Raises OrderClosed (the button was pressed twice), OrderEmpty,
    OrderFull, QuotaReached, AlreadyOpen and NoOffice.
    """
    if not entries:
        raise OrderEmpty
    if len(entries) > MOST_WORKERS:
        raise OrderFull
    try:
        with transaction.atomic():
            # Two orders of one donor count one after the other.
            donor = Donor.everything.select_for_update().get(pk=order.donor_id)
            locked, draft = _open_draft(order)
            if locked.draft != order.draft:
                raise DraftChanged
            refuse_over_quota(donor, len(entries))
            Order.everything.filter(pk=order.pk).update(
                status=Order.Status.SUBMITTED, submitted_at=now, saved_at=now, draft=""
            )
            locked.status = Order.Status.SUBMITTED
            for position, entry in enumerate(entries, start=1):
                _open_case(locked, position, terms=terms, entry=entry, user=user, now=now)
            record(
                action="order.submitted",
                obj=locked,
                now=now,
                actor=user,
                after={"workers": len(entries)},
            )
    except IntegrityError:
        # Another order of the donor came in between: say which, if that is the reason.
        for entry in entries:
            if entry.data:
                refuse_second_case(donor_id=order.donor_id, nik=entry.data.nik)
        raise
    _drop_unused(draft, entries)
    return Order.everything.get(pk=order.pk)


def refuse_over_quota(donor: Donor, more: int) -> None:
    """Raise QuotaReached where so many more workers are too many for an unknown donor (P8)."""
    if donor.trusted_at is not None:
        return
    if Enrollment.everything.filter(donor=donor).count() + more > settings.NIK_QUOTA:
        raise QuotaReached


def _open_case(
    order: Order, position: int, *, terms: Terms, entry: Entry, user: User, now: datetime
) -> None:
    columns: dict[str, Any] = {"name": entry.name}
    if entry.data:
        refuse_second_case(donor_id=order.donor_id, nik=entry.data.nik)
        columns = claims(entry.data)
    case = Enrollment.everything.create(
        order=order,
        position=position,
        donor_id=order.donor_id,
        programme_id=order.programme_id,
        status=Status.AWAITING_CONSENT,
        relation=entry.relation,
        months=terms.months,
        bracket=terms.bracket,
        jht=terms.jht,
        created_at=now,
        **columns,
    )
    if entry.way == LINK:
        make_link(enrollment=case, now=now)
    elif entry.way == PUBLIC_TASK:
        record_consent(enrollment=case, channel=Consent.Channel.PUBLIC_TASK, user=user, now=now)
    elif entry.proof:
        attach(enrollment=case, stored=entry.proof, user=user, now=now)
        record_consent(enrollment=case, channel=Consent.Channel.FORM, user=user, now=now)
    if entry.way == PUBLIC_TASK or entry.proof:
        hand_in(
            enrollment=case, given=(Status.AWAITING_CONSENT,), kind="submitted", actor=user, now=now
        )
    else:
        tell_thread(enrollment=case, kind="awaiting_consent", now=now, actor=user)


def _drop_unused(draft: Draft, entries: Sequence[Entry]) -> None:
    """Remove photos of workers for whom the donor chose another way after all."""
    used = {entry.proof.path for entry in entries if entry.proof}
    for worker in draft.workers:
        if worker.proof.get("path") not in used:
            drop_file(path=worker.proof.get("path", ""))
