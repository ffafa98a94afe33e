"""The codes by which a worker opens his own page: to his phone, or printed (P16).

What is asked of the database is the same whether or not anybody is known, and so is the
answer: nobody learns here whom the portal knows (P8). Each guess is counted by a
conditional update before it is looked at.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record_view
from accounts.models import User, phone_index
from notices.services import post_to_phone
from workers import codes, desk_selectors, registry_selectors
from workers.models import Enrollment, PersonCode
from workers.person_selectors import Person, people_of, was_born_on
from workers.services import greeting
from workers.services.holding import CannotDecide, OwnCase, refuse_own_case
from workers.services.telling import is_silent_phone
from workers.services.thread import tell_thread

PHONE_MINUTES = 15
#: Guesses of one code; wrong birth dates beside a printed one.
MOST_TRIES = 3
#: Whom one message may name: a phone of more of one birthday is none of theirs.
MOST_PEOPLE = 3
Status = Enrollment.Status
#: States of a case for which no code is printed.
OVER = (Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED)
#: Codes to one phone: in an hour, and in a day.
MOST_AN_HOUR, MOST_A_DAY = 3, 8


class AskedTooOften(Exception):
    """This phone has asked for too many codes of late."""


class NobodyYet(CannotDecide):
    """The worker of the case has not told his data yet: there is nobody to open a page for."""

    sentence = gettext_lazy("Data pekerja belum diisi, jadi belum ada halaman untuknya.")


class CaseOver(CannotDecide):
    """The case came to nothing: it is no reason to open anybody's page."""

    sentence = gettext_lazy("Pendaftaran ini sudah berakhir, jadi tidak ada kode untuknya.")


class NotHisBirthDate(CannotDecide):
    """The case claims another birth date than the registry has: it may mean somebody else."""

    sentence = gettext_lazy("Tanggal lahir berbeda dari yang tercatat. Perbaiki dulu datanya.")


class WrongCode(Exception):
    """The code is wrong, too old, used, or was guessed too often; the caller learns not which."""


@dataclass(frozen=True)
class Asked:
    """The codes that went to a phone together, one per person, by their names."""

    codes: tuple[UUID, ...]


# --- to a phone ------------------------------------------------------------------------
def send_code(*, phone: str, birth_date: date, now: datetime) -> Asked:
    """Send a code to a cleaned phone number, for everybody known by it and born on the day.

    An unknown phone gets a message that says so, which nobody else reads, and so does one
    of more than MOST_PEOPLE. Earlier codes of the same people stop working. Raises
    AskedTooOften.
    """
    index = phone_index(phone)
    sent = PersonCode.objects.filter(phone_index=index)
    for span, most in ((timedelta(hours=1), MOST_AN_HOUR), (timedelta(days=1), MOST_A_DAY)):
        times = sent.filter(issued_at__gt=now - span).values("issued_at").distinct()
        if times.count() >= most:
            raise AskedTooOften
    silent = is_silent_phone(index)
    known = people_of(phone_index=index, birth_date=birth_date)
    people = {} if silent or len(known) > MOST_PEOPLE else known
    drawn = {nik: codes.draw_digits() for nik in people} or {"": codes.draw_digits()}
    rows = [_phone_code(nik, index, code, now) for nik, code in drawn.items()]
    with transaction.atomic():
        sent.filter(nik_index__in=drawn, revoked_at__isnull=True).update(revoked_at=now)
        PersonCode.objects.bulk_create(rows)
        if not silent:
            post_to_phone(
                key=f"person_code:{rows[0].uuid}",
                kind="person_code",
                phone=phone,
                language="id",
                body=_code_message([(people[nik], drawn[nik]) for nik in people]),
                now=now,
            )
    return Asked(tuple(row.uuid for row in rows))


def _phone_code(nik: str, index: str, code: str, now: datetime) -> PersonCode:
    uuid = uuid4()
    return PersonCode(
        uuid=uuid,
        nik_index=nik,
        phone_index=index,
        channel=PersonCode.Channel.PHONE,
        code_hash=codes.code_hash(code, person=str(uuid)),
        issued_at=now,
        expires_at=now + timedelta(minutes=PHONE_MINUTES),
    )


def _code_message(people: list[tuple[str, str]]) -> str:
    with translation.override("id"):
        if not people:
            return "\n".join(
                [
                    _("Kode tidak dapat dikirim: nomor HP dan tanggal lahir tidak cocok."),
                    _("Minta kode di kantor cabang, atau telepon 175. Bukan Anda? Abaikan."),
                ]
            )
        if len(people) == 1:
            shown = [_("Kode halaman pekerja SERTAKAN: %(code)s") % {"code": people[0][1]}]
        else:
            shown = [_("Kode halaman pekerja SERTAKAN:")]
            shown += [f"{code}: {name}" for name, code in people]
        hint = _("Berlaku 15 menit. Jangan beri tahu siapa pun, juga petugas.")
        return "\n".join([*shown, hint])


def open_by_phone(*, asked: Asked, code: str, now: datetime) -> PersonCode:
    """Take a guess of a code that went to a phone; it opens once. Raises WrongCode."""
    fresh = _fresh(now).filter(channel=PersonCode.Channel.PHONE, used_at__isnull=True)
    rows = _count_try(fresh.filter(uuid__in=asked.codes))
    right = [row for row in rows if _is_code(row, code, person=str(row.uuid))]
    for row in right:
        if row.nik_index and _use(row, now):
            return row
    raise WrongCode


def _use(row: PersonCode, now: datetime) -> bool:
    """Use a code that opens once; False if somebody was faster."""
    unused = PersonCode.objects.filter(pk=row.pk, used_at__isnull=True, revoked_at__isnull=True)
    return unused.update(used_at=now) == 1


# --- printed ---------------------------------------------------------------------------
@transaction.atomic
def print_code(*, enrollment: Enrollment, by: User, now: datetime) -> str:
    """Draw a printed code for the worker of a case, and return it: it is kept nowhere.

    Earlier printed ones of the same person stop working. It counts as a look at his
    data, and stands in the case's thread. Raises OwnCase (P22: also of another case of the
    worker), NobodyYet, CaseOver, NotHisBirthDate.
    """
    refuse_own_case(enrollment, by)
    if not enrollment.nik_index:
        raise NobodyYet
    if enrollment.status in OVER:
        raise CaseOver
    known = desk_selectors.known_worker(enrollment)
    if known is not None and registry_selectors.is_own_worker(known, by):
        raise OwnCase
    if known is not None and known.birth_date != enrollment.birth_date:
        raise NotHisBirthDate
    code = codes.draw_letters()
    former = PersonCode.objects.filter(
        nik_index=enrollment.nik_index,
        channel=PersonCode.Channel.PRINTED,
        revoked_at__isnull=True,
    )
    former.update(revoked_at=now)
    PersonCode.objects.create(
        nik_index=enrollment.nik_index,
        channel=PersonCode.Channel.PRINTED,
        code_hash=codes.code_hash(code, person=""),
        issued_by=by,
        issued_at=now,
        expires_at=now + timedelta(days=settings.PERSON_CODE_DAYS),
    )
    tell_thread(enrollment=enrollment, kind="person_code", now=now, actor=by)
    record_view(
        viewer=by,
        obj=enrollment,
        what="person_code",
        reason=f"kasus {enrollment.number}",
        now=now,
        office=enrollment.office,
    )
    return codes.group(code)


def open_by_print(*, code: str, birth_date: date, now: datetime) -> PersonCode:
    """Open a page by a printed code and the birth date, as often as wanted while it holds.

    MOST_TRIES wrong birth dates in a row end the code. Raises WrongCode.
    """
    letters = codes.clean(code)
    known = _fresh(now).filter(
        channel=PersonCode.Channel.PRINTED, code_hash=codes.code_hash(letters, person="")
    )
    row = next(iter(_count_try(known)), None)
    # Asked for nobody too, so that a code that exists is no slower.
    nik = row.nik_index if row else "-"
    if not was_born_on(nik_index=nik, birth_date=birth_date) or row is None:
        raise WrongCode
    PersonCode.objects.filter(pk=row.pk).update(tries=0, used_at=now)
    return row


def is_greeted(case_id: int | None) -> bool:
    """Tell whether the portal has written to the worker of a case, whose message bears its
    check code."""
    return case_id is not None and greeting.messages_of(case_id).exists()


# --- what both share --------------------------------------------------------------------
def person_of(*, code: UUID, now: datetime) -> Person | None:
    """Return whose page a used code has opened; None once it is revoked, or a printed one
    has run out."""
    row = PersonCode.objects.filter(
        uuid=code, used_at__isnull=False, revoked_at__isnull=True
    ).first()
    if row is None or not row.nik_index:
        return None
    if row.channel == PersonCode.Channel.PRINTED and row.expires_at <= now:
        return None
    return Person(row.nik_index, row.phone_index, printed_by=row.issued_by_id)


def _fresh(now: datetime) -> QuerySet[PersonCode]:
    return PersonCode.objects.filter(expires_at__gt=now, revoked_at__isnull=True)


def _count_try(rows: QuerySet[PersonCode]) -> list[PersonCode]:
    """Count a guess of each row, and return those that had one left, before it is looked at."""
    left = [
        row.pk
        for row in rows
        if PersonCode.objects.filter(pk=row.pk, tries__lt=MOST_TRIES).update(tries=F("tries") + 1)
    ]
    return list(PersonCode.objects.filter(pk__in=left))


def _is_code(row: PersonCode, code: str, *, person: str) -> bool:
    return constant_time_compare(row.code_hash, codes.code_hash(code, person=person))
