"""Whose hand-overs, choices and waiting places are whose; everyone else reads 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from contributions import hand_over_links
from contributions.models import HandOver, Sponsorship, TakeOver, WaitingPlace
from donors.access import may_write, organisation_programmes, person_donor, writable_donors
from donors.models import Programme
from workers import desk_selectors

#: Who reads the waiting list; the branch's own act on it.
READERS = roles_only(
    *desk_selectors.BRANCH_ROLES,
    Role.Kind.REGIONAL_ADMIN,
    Role.Kind.HEAD_OFFICE,
    Role.Kind.AUDITOR,
)
BRANCH = roles_only(*desk_selectors.BRANCH_ROLES)


def offer_of(token: str) -> HandOver:
    """Return the offer of a link; one that was not made here, or altered, is a 404."""
    found = hand_over_links.read(token)
    if found is None:
        raise Http404
    return found


def open_offer(row: Sponsorship) -> HandOver | None:
    """Return the link of a sponsorship that may still be used."""
    rows = HandOver.everything.filter(sponsorship=row, used_at__isnull=True)
    return rows.filter(revoked_at__isnull=True).first()


def programmes_for(user: User) -> dict[str, Programme | None]:
    """Return the programmes under which a donor may take workers over, by their key; None
    for his own, which is made at his first choice."""
    own: dict[str, Programme | None] = {"": None}
    return own | {str(row.uuid): row for row in organisation_programmes(user)}


def pays_already(user: User, row: Sponsorship) -> bool:
    """Tell whether the sponsorship is one of a donor for whom the user acts."""
    own = person_donor(user)
    return (own is not None and own.pk == row.donor_id) or may_write(user, row.donor_id)


def take_overs_of(user: Any) -> QuerySet[TakeOver]:
    """Return what the user's donors have chosen, the newest first."""
    rows: QuerySet[TakeOver] = TakeOver.objects.visible_to(user)
    whole = rows.select_related("worker__occupation", "worker__village", "enrollment__order")
    return whole.order_by("-chosen_at", "-pk")


def writable_ids(user: Any) -> set[int]:
    """Return the ids of the donors for whom the user may choose, and take back a choice."""
    return set(writable_donors(user).values_list("pk", flat=True))


def take_over_of(user: User, uuid: UUID) -> TakeOver:
    """Return a choice that the user may take back, or raise Http404."""
    found = take_overs_of(user).filter(uuid=uuid).first()
    if found is None or not may_write(user, found.donor_id):
        raise Http404
    return found


def place_of(user: User, uuid: UUID) -> WaitingPlace:
    """Return a place on the list of the user's own desk, or raise Http404."""
    offices = desk_selectors.desk_offices(user)
    rows: QuerySet[WaitingPlace] = WaitingPlace.objects.visible_to(user)
    found = rows.filter(uuid=uuid, office__in=offices).select_related("office").first()
    if found is None:
        raise Http404
    return found


def places_to_choose(uuids: list[str]) -> list[WaitingPlace]:
    """Return the places of these keys that are still there to be chosen."""
    known = []
    for text in uuids:
        try:
            known.append(UUID(text))
        except ValueError:
            continue
    return list(WaitingPlace.everything.open().filter(uuid__in=known).order_by("pk"))


def ended_sponsorship(user: User, uuid: UUID) -> Sponsorship:
    """Return a sponsorship of the user's own desk whose worker may join, or raise Http404."""
    offices = desk_selectors.desk_offices(user)
    rows: QuerySet[Sponsorship] = Sponsorship.objects.visible_to(user)
    found = rows.filter(uuid=uuid, enrollment__office__in=offices)
    row = found.select_related("worker").first()
    if row is None:
        raise Http404
    return row
