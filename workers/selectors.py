"""What donors and workers ask about orders and cases. The desk's questions stand in
`desk_selectors`."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from donors.access import writable_donors
from donors.models import Donor
from workers.indexes import nik_index, token_hash
from workers.models import Enrollment, EnrollmentEvent, Order, WorkerLink
from workers.models.cases import UNSEEN


def own_orders(user: User) -> QuerySet[Order]:
    """Return the orders of the user's own donors."""
    return Order.objects.visible_to(user)


def own_cases(user: User) -> QuerySet[Enrollment]:
    """Return the cases of the user's own donors."""
    return Enrollment.objects.visible_to(user).filter(order__in=own_orders(user))


def drafts_of(user: User) -> QuerySet[Order]:
    """Return the drafts that the user may continue, the latest first."""
    drafts = own_orders(user).filter(
        status=Order.Status.DRAFT, donor__in=writable_donors(user).values("pk")
    )
    return drafts.select_related("donor").order_by("-saved_at")


def sent_orders_of(user: User) -> QuerySet[Order]:
    """Return the orders that were handed in, newest first, with their cases."""
    orders = own_orders(user).filter(status=Order.Status.SUBMITTED)
    return with_cases(orders.order_by("-submitted_at", "-pk"))


def with_cases(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Read the cases of orders along, in the order in which they were entered."""
    cases = Enrollment.everything.exclude(UNSEEN).select_related("order", "office", "link")
    return orders.select_related("donor", "programme").prefetch_related(
        Prefetch("enrollments", queryset=cases.order_by("position"))
    )


def cases_of(order: Order) -> list[Enrollment]:
    """Return the cases of one order that its donor may see, as entered."""
    cases = Enrollment.everything.filter(order=order).exclude(UNSEEN).order_by("position")
    return list(cases.select_related("order", "office", "link", "occupation", "village"))


def open_twin(*, donor_id: int, nik: str, besides: int | None = None) -> Enrollment | None:
    """Return another open case of the same donor for a NIK.

    Only the donor's own rows are asked: nobody learns here what others have (P8).
    """
    twins = Enrollment.everything.filter(
        donor=donor_id, nik_index=nik_index(nik), status__in=Enrollment.OPEN
    )
    if besides is not None:
        twins = twins.exclude(pk=besides)
    return twins.select_related("order").first()


class LinkState(StrEnum):
    """What a worker finds behind his link."""

    OPEN = "open"
    EXPIRED = "expired"
    USED = "used"
    CLOSED = "closed"


def link_of_token(token: str) -> WorkerLink | None:
    """Return the link of a token, found by its hash."""
    return (
        WorkerLink.objects.select_related(
            "enrollment__order", "enrollment__donor", "enrollment__office"
        )
        .filter(token_hash=token_hash(token))
        .first()
    )


def state_of(link: WorkerLink, now: datetime) -> LinkState:
    """Tell what may be done on a link."""
    if link.used_at is not None:
        return LinkState.USED
    if link.enrollment.status != Enrollment.Status.AWAITING_CONSENT:
        return LinkState.CLOSED
    return LinkState.OPEN if link.expires_at > now else LinkState.EXPIRED


def return_note(case: Enrollment) -> str:
    """Return what the officer wrote when the case last came back, or an empty text."""
    returns = EnrollmentEvent.objects.filter(enrollment=case, kind="returned")
    event = returns.order_by("-at", "-pk").first()
    return event.note if event else ""


def donor_name_for_worker(case: Enrollment) -> str:
    """Return how the worker reads who pays: an organisation's name, a person's short name."""
    if case.donor.kind != Donor.Kind.PERSON:
        return case.donor.name
    first, *rest = case.donor.name.split() or [""]
    return f"{first} {rest[-1][0]}." if rest else first


def payer_for_worker(donor: Donor) -> str:
    """Return how a worker reads who enrolled him (P18): an organisation's name, a person's
    only where he allowed it."""
    if donor.kind != Donor.Kind.PERSON or donor.show_name:
        return donor.name
    return _("seorang donatur")
