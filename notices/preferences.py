"""What people do not want to be told: by group of kinds, per account or per phone.

Which kinds a group holds stands in settings.NOTICE_GROUPS; a kind in no group cannot be
switched off.
"""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import set_reach
from notices.models import Refusal

STOP_WORDS = ("stop", "berhenti")
START_WORDS = ("mulai", "start")
#: The group of those who want none of the optional messages.
EVERY = ""
_SALT = "notices.stop"


class Group(models.TextChoices):
    REMINDERS = "reminders", gettext_lazy("Pengingat perlindungan yang akan habis")
    COVER = "cover", gettext_lazy("Kabar perlindungan")
    LISTS = "lists", gettext_lazy("Daftar mingguan")


class BadToken(Exception):
    """The link is none that the portal has written."""


def group_of(kind: str) -> str:
    """Return the group by which a kind is switched off; empty where it cannot be."""
    group: str = settings.NOTICE_GROUPS.get(kind, "")
    return group


def unwilling_users(group: str) -> QuerySet[Refusal, int | None]:
    """Return the ids of the users who want no message of this group; none for no group."""
    return _of(group).filter(user__isnull=False).values_list("user_id", flat=True)


def unwilling_phones(group: str) -> QuerySet[Refusal, str]:
    """Return the indexes of the phones that want no message of this group."""
    return _of(group).exclude(phone_index="").values_list("phone_index", flat=True)


def is_unwilling(kind: str, *, user: User | None, phone_index: str) -> bool:
    """Tell whether the user, or the phone to which it goes, has switched this kind off."""
    group = group_of(kind)
    if not group:
        return False
    whose = Q(user=user) if user else Q(pk__in=[])
    if phone_index:
        whose |= Q(phone_index=phone_index)
    return _of(group).filter(whose).exists()


def wanted_groups(user: User) -> list[str]:
    """Return the groups that the user gets, by his account and his proven phone."""
    phone = Q(phone_index=user.phone_index) if _proven(user) else Q(pk__in=[])
    refused = set(Refusal.objects.filter(Q(user=user) | phone).values_list("group", flat=True))
    return [] if EVERY in refused else [group for group in Group.values if group not in refused]


def keep_choices(*, user: User, wanted: Collection[str], now: datetime) -> None:
    """Keep which groups the user wants; the rest he gets no more. The newest choice holds,
    also against an earlier STOP from his proven phone."""
    unwanted = [group for group in Group.values if group not in wanted]
    with transaction.atomic():
        mine = Q(user=user)
        if _proven(user):
            mine |= Q(phone_index=user.phone_index)
        Refusal.objects.filter(mine).exclude(user=user, group__in=unwanted).delete()
        _refuse([Refusal(user=user, group=group, refused_at=now) for group in unwanted])


def choose(
    *,
    user: User,
    wanted: Collection[str],
    prefers_phone: bool,
    utc_offset: int,
    now: datetime,
) -> None:
    """Keep all that a user says of his messages: which, by which way, in which zone."""
    with transaction.atomic():
        set_reach(user=user, prefers_phone=prefers_phone, utc_offset=utc_offset)
        keep_choices(user=user, wanted=wanted, now=now)


def keep_wish_of_phone(*, phone_index: str, willing: bool, now: datetime) -> None:
    """Keep that a phone wants none of the optional messages, or all of them again."""
    if willing:
        Refusal.objects.filter(phone_index=phone_index).delete()
        Refusal.objects.filter(
            user__phone_index=phone_index, user__phone_verified_at__isnull=False
        ).delete()
    else:
        _refuse([Refusal(phone_index=phone_index, group=EVERY, refused_at=now)])


def wish_of(text: str) -> bool | None:
    """Read an answer: False for STOP or BERHENTI, True for MULAI, None for anything else."""
    word = text.strip(" .,!\"'").casefold()
    return False if word in STOP_WORDS else True if word in START_WORDS else None


def answer_to_wish(*, willing: bool) -> str:
    """Write what somebody is answered who wrote STOP or MULAI."""
    with translation.override("id"):
        if willing:
            lines = [_("Baik. Nomor ini menerima pengingat lagi."), _("Balas STOP untuk berhenti.")]
        else:
            lines = [
                _("Baik. Nomor ini tidak menerima pengingat lagi."),
                _("Balas MULAI untuk menerima lagi. Bertanya? Telepon 175."),
            ]
    return "\n".join(lines)


# --- the link in each optional e-mail (RFC 8058) ---------------------------------------
def stop_token(*, user: User, group: str) -> str:
    """Return what the link bears that switches a group off without signing in."""
    return signing.dumps([str(user.uuid), group], salt=_SALT)


def read_stop_token(token: str) -> tuple[User, str]:
    """Return whose and which group a link switches off. Raises BadToken."""
    try:
        uuid, group = signing.loads(token, salt=_SALT)
        return User.objects.get(uuid=uuid), str(Group(group))
    except (signing.BadSignature, User.DoesNotExist, ValueError, TypeError) as error:
        raise BadToken from error


def refuse_group(*, user: User, group: str, now: datetime) -> None:
    """Keep that the user wants no more of a group; a second time changes nothing."""
    _refuse([Refusal(user=user, group=group, refused_at=now)])


def _refuse(rows: list[Refusal]) -> None:
    # Unlike update_conflicts, this works with a partial unique index on both engines.
    Refusal.objects.bulk_create(rows, ignore_conflicts=True)


def _of(group: str) -> QuerySet[Refusal]:
    return Refusal.objects.filter(group__in=[group, EVERY]) if group else Refusal.objects.none()


def _proven(user: User) -> bool:
    return bool(user.phone_index) and user.phone_verified_at is not None
