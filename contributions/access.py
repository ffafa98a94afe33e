"""Who may see which sponsorship, invoice and receipt; everyone else reads 404."""

from typing import Any
from uuid import UUID

from django.http import Http404

from accounts.models import User
from contributions import selectors
from contributions.models import LateMoney, Sponsorship
from contributions.timeline import all_of
from donors.models import Donor
from donors.selectors import donors_of
from payments import paylinks
from payments.models import Invoice, Payment
from workers.desk_selectors import supervises
from workers.models import Enrollment, IncidentReport, Worker
from workers.registry_selectors import watched_workers


def sponsorship_for(user: Any, uuid: UUID) -> Sponsorship:
    """Return a sponsorship that the user may see, or raise Http404."""
    rows = Sponsorship.objects.visible_to(user).select_related(
        "worker__occupation", "worker__village", "enrollment__office", "programme", "donor"
    )
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def own_sponsorship_for(user: Any, uuid: UUID) -> Sponsorship:
    """Return a sponsorship of the user's own donor, on which he may act, or raise Http404."""
    found = sponsorship_for(user, uuid)
    if not selectors.may_act(user, found):
        raise Http404
    return found


def invoice_for(user: Any, uuid: UUID) -> Invoice:
    """Return an invoice that the user may see, or raise Http404."""
    found = Invoice.objects.visible_to(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def own_invoice_for(user: Any, uuid: UUID) -> Invoice:
    """Return an invoice of the user's own donor, which he may pay, or raise Http404."""
    found = invoice_for(user, uuid)
    if not selectors.may_act(user, found):
        raise Http404
    return found


def invoice_of_link(token: str) -> Invoice:
    """Return the invoice of a pay link; a link that was tampered with is a 404."""
    try:
        return paylinks.read(token)
    except paylinks.BadPayLink as error:
        raise Http404 from error


def receipt_for(user: Any, uuid: UUID) -> Payment:
    """Return a payment that came in, of an invoice that the user may see, or raise Http404."""
    paid = Payment.objects.visible_to(user).filter(settled_at__isnull=False)
    found = paid.select_related("invoice__donor").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def statement_donors(user: User) -> list[Donor]:
    """Return the donors whose money the user may read as one of theirs, by name."""
    return list(donors_of(user).order_by("name", "pk"))


def statement_donor(donors: list[Donor], asked: str) -> Donor | None:
    """Return the donor that was asked for among these, the first where none was, None where
    there is none. Raises Http404 for any other."""
    if not asked:
        return donors[0] if donors else None
    found = next((donor for donor in donors if str(donor.uuid) == asked), None)
    if found is None:
        raise Http404
    return found


def card_worker(uuid: UUID) -> Worker:
    """Return the worker of a public card; its address is its only key."""
    found = Worker.everything.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def timeline_for(
    user: User, uuid: UUID
) -> tuple[Worker, list[Enrollment], list[IncidentReport], bool]:
    """Return a worker with what the user may read of his cover, and whether that is all.

    Whoever watches over him reads every case and report; a donor those of his own cases
    that are approved and sponsored or bought months, and the reports that he made himself.
    Raises Http404 for anybody else.
    """
    worker = watched_workers(user).select_related("village").filter(uuid=uuid).first()
    if worker is not None:
        return worker, *all_of(worker), True
    cases = Enrollment.objects.visible_to(user).filter(donor__in=donors_of(user), worker__uuid=uuid)
    whole = selectors.sponsored_cases(cases).select_related("order", "office", "worker__village")
    own = list(whole.order_by("submitted_at", "pk"))
    if not own or own[0].worker is None:
        raise Http404
    worker = own[0].worker
    reports = [row for row in all_of(worker)[1] if row.reported_by_id == user.pk]
    return worker, own, reports, False


def own_donors(user: User, uuid: str | None) -> tuple[list[Donor], Donor | None]:
    """Return the donors for whom the user acts, and the one that he asks about, or his first.

    None where he has none; another's raises Http404.
    """
    mine = list(donors_of(user).distinct().order_by("kind", "pk"))
    if not uuid:
        return mine, mine[0] if mine else None
    for donor in mine:
        if str(donor.uuid) == uuid:
            return mine, donor
    raise Http404


def late_money_for(user: Any, pk: int) -> LateMoney:
    """Return late money of a desk at which the user is supervisor, or raise Http404."""
    every = selectors.late_money_of(user) | selectors.late_money_of(user, decided=True)
    found = every.filter(pk=pk).first()
    if found is None or not supervises(user, found.sponsorship.enrollment.office):
        raise Http404
    return found
