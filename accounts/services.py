"""Opening accounts for others, what a user may change about his own, who stands in for whom."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import Role, User
from bricks.clock import ZONE_NAMES

#: Nobody is deputy for longer; whoever is away longer is replaced.
LONGEST_DEPUTY = timedelta(days=366)


class AddressTaken(Exception):
    """Another account already signs in by this e-mail address."""


def create_account(
    *,
    email: str,
    name: str,
    now: datetime,
    password: str | None = None,
    phone: str = "",
    language: str = "id",
    verified: bool = False,
) -> User:
    """Open an account for somebody else, who signs in by a code or the password.

    `phone` is cleaned (`bricks.phones`). Unless `verified`, the first sign-in proves
    the address. Raises AddressTaken.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email=email,
                password=password,
                name=name,
                phone=phone,
                language=language,
                phone_verified_at=now if verified and phone else None,
            )
            EmailAddress.objects.create(
                user=user, email=user.email, primary=True, verified=verified
            )
    except IntegrityError as error:
        raise AddressTaken from error
    return user


def account_for(*, email: str, name: str, now: datetime) -> User:
    """Return the account of an e-mail address, opened where there is none.

    Two calls at once make one account.
    """
    known = User.objects.filter(email=email.lower()).first()
    if known:
        return known
    try:
        return create_account(email=email, name=name, now=now)
    except AddressTaken:
        return User.objects.get(email=email.lower())


def set_language(*, user: User, language: str) -> None:
    """Remember in which language the user reads pages and messages; others are ignored."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


def keep_phone(*, user: User, phone: str, verified_at: datetime | None) -> None:
    """Set the user's cleaned phone number, and when a code proved that it is his."""
    user.keep_phone(phone)
    user.phone_verified_at = verified_at
    user.prefers_phone = user.prefers_phone and verified_at is not None
    user.save(update_fields=["phone", "phone_index", "phone_verified_at", "prefers_phone"])


def set_reach(*, user: User, prefers_phone: bool, utc_offset: int) -> None:
    """Remember whether the user is written to by phone, and whether he lives in WIB (7),
    WITA (8) or WIT (9). A phone that no code has proved, or another zone, is ignored."""
    user.prefers_phone = prefers_phone and user.phone_verified_at is not None
    if utc_offset in ZONE_NAMES:
        user.utc_offset = utc_offset
    user.save(update_fields=["prefers_phone", "utc_offset"])


# --- deputies (P22) --------------------------------------------------------------------
class CannotDeputise(Exception):
    """Nobody becomes deputy this way; the sentence is fit for the supervisor."""

    sentence: ClassVar[str | Promise] = _("Wakil tidak dapat ditunjuk.")

    def __str__(self) -> str:
        return str(self.sentence)


class NotInCharge(CannotDeputise):
    """Who names the deputy does not supervise the office, or is a deputy himself."""

    sentence = _("Hanya penyelia kantor ini sendiri yang menunjuk wakil.")


class NotAnOfficer(CannotDeputise):
    """The deputy is no officer of this office, or the supervisor himself."""

    sentence = _("Pilih petugas kantor ini. Anda tidak dapat menunjuk diri sendiri.")


class AlreadySupervises(CannotDeputise):
    """The officer supervises the office already, or is its deputy."""

    sentence = _("Petugas ini sudah menjadi penyelia atau wakil di kantor ini.")


class WrongDay(CannotDeputise):
    """The last day is past, or more than LONGEST_DEPUTY away."""

    sentence = _("Pilih hari terakhir mulai hari ini, paling lama setahun.")


class DeputyGone(CannotDeputise):
    """The role has ended already."""

    sentence = _("Tugas wakil ini sudah berakhir.")


@transaction.atomic
def name_deputy(*, officer: Role, until: date, by: User, today: date, now: datetime) -> Role:
    """Let an officer stand in for his supervisor until a day, inclusive (P22).

    `officer` is his role as officer; he becomes supervisor of the same office. Of two at
    once one wins (role_held_once). Raises NotInCharge, NotAnOfficer, WrongDay,
    AlreadySupervises.
    """
    if not _in_charge(by, officer.office_id):
        raise NotInCharge
    works_there = Role.objects.filter(
        pk=officer.pk, kind=Role.Kind.BRANCH_OFFICER, ended_at__isnull=True, user__is_active=True
    )
    if officer.user_id == by.pk or not works_there.exists():
        raise NotAnOfficer
    if not today <= until <= today + LONGEST_DEPUTY:
        raise WrongDay
    try:
        with transaction.atomic():
            deputy = Role.objects.create(
                user=officer.user,
                kind=Role.Kind.BRANCH_SUPERVISOR,
                office=officer.office,
                given_at=now,
                given_by=by,
                until=until,
            )
    except IntegrityError as error:
        raise AlreadySupervises from error
    record(
        action="role.given",
        obj=deputy,
        now=now,
        actor=by,
        office=deputy.office,
        after={"role": deputy.kind, "user": deputy.user_id, "until": str(until)},
    )
    return deputy


@transaction.atomic
def end_deputy(*, deputy: Role, by: User, now: datetime) -> None:
    """End a deputy's role before its day. Raises NotInCharge, DeputyGone."""
    if not _in_charge(by, deputy.office_id):
        raise NotInCharge
    if not _end(deputy, by=by, now=now):
        raise DeputyGone


def end_roles(*, today: date, now: datetime) -> dict[str, int]:
    """End the roles whose last day is past; each in a transaction of its own.

    Idempotent. Returns the count.
    """
    over = Role.objects.filter(ended_at__isnull=True, until__lt=today).order_by("pk")
    ended = 0
    for role in over.select_related("office"):
        with transaction.atomic():
            ended += _end(role, by=None, now=now)
    return {"ended": ended}


def _in_charge(user: User, office_id: int | None) -> bool:
    """Tell from the rows of now whether a person supervises an office in his own right."""
    held = Role.objects.filter(
        user=user,
        kind=Role.Kind.BRANCH_SUPERVISOR,
        office=office_id,
        until__isnull=True,
        ended_at__isnull=True,
    )
    return office_id is not None and held.exists()


def _end(role: Role, *, by: User | None, now: datetime) -> bool:
    """End a role that has a last day, if nobody has in this very instant."""
    held = Role.objects.filter(pk=role.pk, ended_at__isnull=True, until__isnull=False)
    if held.update(ended_at=now) != 1:
        return False
    told = {"role": role.kind, "user": role.user_id, "until": str(role.until)}
    record(
        action="role.ended",
        obj=role,
        now=now,
        actor=by,
        office=role.office,
        before=told,
        after={"ended_at": now.isoformat()},
    )
    return True
