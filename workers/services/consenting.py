"""The worker's own consent: by the link that the donor sends, or on a photographed form."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from workers.entries import WorkerData
from workers.indexes import token_hash
from workers.models import Consent, Enrollment, WorkerLink
from workers.services.evidence import attach, drop_file, keep_file
from workers.services.handing_in import (
    CannotHandIn,
    CaseClosed,
    hand_in,
    record_consent,
    refuse_second_case,
)
from workers.services.thread import tell_thread

Status = Enrollment.Status
WAITING = (Status.AWAITING_CONSENT,)


class LinkClosed(CaseClosed):
    """The link has expired, was used, or its case is gone."""


def make_link(*, enrollment: Enrollment, now: datetime) -> WorkerLink:
    """Give a case a fresh link; an earlier one stops working at once."""
    token = secrets.token_urlsafe(24)
    link, _made = WorkerLink.objects.update_or_create(
        enrollment=enrollment,
        defaults={
            "token": token,
            "token_hash": token_hash(token),
            "created_at": now,
            "expires_at": now + timedelta(days=settings.WORKER_LINK_DAYS),
            "used_at": None,
        },
    )
    return link


@transaction.atomic
def renew_link(*, enrollment: Enrollment, user: User, now: datetime) -> WorkerLink:
    """Give the worker a fresh link: the old one expired, or his data came back.

    A returned case waits for him again. Raises CaseClosed where the case waits for
    nobody's consent.
    """
    given = (Status.AWAITING_CONSENT, Status.RETURNED)
    former = Enrollment.everything.select_for_update().get(pk=enrollment.pk).status
    won = Enrollment.everything.filter(
        pk=enrollment.pk, status__in=given, link__isnull=False
    ).update(status=Status.AWAITING_CONSENT)
    if not won:
        raise CaseClosed
    link = make_link(enrollment=enrollment, now=now)
    tell_thread(
        enrollment=enrollment,
        kind="link_renewed",
        now=now,
        actor=user,
        before={"status": former},
        after={"status": Status.AWAITING_CONSENT},
    )
    return link


def agree(*, link: WorkerLink, data: WorkerData, helped: bool, now: datetime) -> Enrollment:
    """Take the worker's own data and his consent, and hand the case to the branch.

    Raises LinkClosed (also for the second of two presses), AlreadyOpen and NoOffice.
    """
    case = link.enrollment
    try:
        with transaction.atomic():
            _use(link, now)
            refuse_second_case(donor_id=case.donor_id, nik=data.nik, besides=case.pk)
            record_consent(enrollment=case, channel=Consent.Channel.LINK, user=None, now=now)
            return hand_in(
                enrollment=case,
                given=WAITING,
                kind="consent_given",
                actor=None,
                now=now,
                note="diisi dengan bantuan" if helped else "diisi sendiri",
                data=data,
            )
    except IntegrityError:
        refuse_second_case(donor_id=case.donor_id, nik=data.nik, besides=case.pk)
        raise


@transaction.atomic
def refuse(*, link: WorkerLink, now: datetime) -> Enrollment:
    """Note that the worker does not want to be enrolled. Nothing that he typed is kept.

    Raises LinkClosed.
    """
    _use(link, now)
    case = link.enrollment
    won = Enrollment.everything.filter(pk=case.pk, status__in=WAITING).update(
        status=Status.WITHDRAWN
    )
    if not won:
        raise LinkClosed
    tell_thread(
        enrollment=case,
        kind="declined",
        now=now,
        before={"status": Status.AWAITING_CONSENT},
        after={"status": Status.WITHDRAWN},
    )
    case.refresh_from_db()
    return case


def _use(link: WorkerLink, now: datetime) -> None:
    won = WorkerLink.objects.filter(
        pk=link.pk, token_hash=link.token_hash, used_at__isnull=True, expires_at__gt=now
    ).update(used_at=now)
    if not won:
        raise LinkClosed


def record_form(*, enrollment: Enrollment, content: bytes, user: User, now: datetime) -> Enrollment:
    """Take the photographed form of a case that waits for it, and hand the case in.

    Raises BadFile; CaseClosed and NoOffice, and then keeps nothing.
    """
    stored = keep_file(content=content)
    try:
        with transaction.atomic():
            attach(enrollment=enrollment, stored=stored, user=user, now=now)
            record_consent(enrollment=enrollment, channel=Consent.Channel.FORM, user=user, now=now)
            return hand_in(
                enrollment=enrollment, given=WAITING, kind="submitted", actor=user, now=now
            )
    except CannotHandIn:
        drop_file(path=stored.path)
        raise
