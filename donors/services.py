"""Making donors: a person's own at his first order, organisations by a branch."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from accounts.services import account_for
from donors.models import Donor, DonorMember, Funding, Programme
from notices.services import post_message
from regions.models import Office


class CannotOpen(Exception):
    """An organisation cannot be opened as asked; the reason is a subclass."""


class OwnerWorksHere(CannotOpen):
    """The owner's address belongs to a member of staff, who may not act for a donor."""


class NotOfThisBranch(CannotOpen):
    """The user does not supervise the office in whose name he opens the organisation."""


@dataclass(frozen=True)
class Agreement:
    """What the signed letter says: who pays, from which money, when, and how much at most."""

    kind: str
    name: str
    funding: str
    number: str = ""
    fixed_from: date | None = None
    fixed_until: date | None = None
    ceiling: int | None = None
    public_task: bool = False


def donor_for_person(*, user: User, now: datetime) -> Donor:
    """Return the user's own donor with its SERTAKAN programme, made at the first call.

    Two tabs at once make one: the person, the membership and the open programme are
    each unique in the database.
    """
    with transaction.atomic():
        donor, made = Donor.everything.get_or_create(
            person=user,
            defaults={
                "kind": Donor.Kind.PERSON,
                "name": user.name or _("Donatur"),
                "created_at": now,
            },
        )
        DonorMember.objects.get_or_create(
            donor=donor,
            user=user,
            left_at=None,
            defaults={"role": DonorMember.Role.OWNER, "joined_at": now},
        )
        Programme.objects.get_or_create(
            donor=donor,
            kind=Programme.Kind.SERTAKAN,
            closed_at=None,
            defaults={"name": "SERTAKAN", "funding": Funding.PRIVATE, "created_at": now},
        )
        if made:
            told = {"kind": donor.kind, "owner": user.pk}
            record(action="donor.registered", obj=donor, now=now, actor=user, after=told)
    return donor


def open_organisation(
    *,
    key: UUID,
    kind: str,
    name: str,
    letter_reference: str,
    agreement: Agreement,
    owner_email: str,
    owner_name: str,
    office: Office,
    supervisor: User,
    now: datetime,
    tax_number: str = "",
) -> Donor:
    """Open a company, village, government or community with its programme (P9).

    `key` becomes the donor's uuid: the same key again returns the same donor. The
    owner gets an account where he has none, and a message how to sign in. Raises
    NotOfThisBranch and OwnerWorksHere.
    """
    known = _opened_before(key, office, supervisor)
    if known:
        return known
    owner = account_for(email=owner_email, name=owner_name, now=now)
    if owner.live_roles:
        raise OwnerWorksHere
    try:
        with transaction.atomic():
            donor = Donor.everything.create(
                uuid=key,
                kind=kind,
                name=name,
                tax_number=tax_number,
                letter_reference=letter_reference,
                opened_by_office=office,
                opened_by=supervisor,
                # A signed letter stands behind it, so the limit of strangers does not.
                trusted_at=now,
                created_at=now,
            )
            DonorMember.objects.create(
                donor=donor, user=owner, role=DonorMember.Role.OWNER, joined_at=now
            )
            programme = _add_programme(donor, agreement, office, now)
            record(
                action="donor.opened",
                obj=donor,
                now=now,
                actor=supervisor,
                office=office,
                after={
                    "kind": kind,
                    "funding": programme.funding,
                    "programme": programme.pk,
                    "owner": owner.pk,
                },
            )
            _welcome(owner, donor, now)
    except IntegrityError:
        # The second press of the button came in between.
        return Donor.everything.get(uuid=key)
    return donor


def _opened_before(key: UUID, office: Office, supervisor: User) -> Donor | None:
    """Return what the same form has opened already, if it is this supervisor's."""
    if office not in supervisor.offices("branch_supervisor"):
        raise NotOfThisBranch
    known = Donor.everything.filter(uuid=key).first()
    if known and known.opened_by_id != supervisor.pk:
        raise NotOfThisBranch
    return known


@transaction.atomic
def allow_name(*, donor: Donor, allowed: bool, by: User, now: datetime) -> None:
    """Let a private donor's workers read his name, or "seorang donatur" (P18). Idempotent."""
    changed = Donor.everything.filter(pk=donor.pk).exclude(show_name=allowed)
    if changed.update(show_name=allowed):
        record(
            action="donor.name_allowed",
            obj=donor,
            now=now,
            actor=by,
            before={"show_name": not allowed},
            after={"show_name": allowed},
        )


def mark_trusted(*, donor_id: int, now: datetime) -> bool:
    """Lift the limit on workers, because the donor's first invoice is paid (P8).

    True for the first call; later ones change nothing.
    """
    waiting = Donor.everything.filter(pk=donor_id, trusted_at__isnull=True)
    with transaction.atomic():
        lifted = waiting.update(trusted_at=now) == 1
        if lifted:
            donor = Donor.everything.select_related("opened_by_office").get(pk=donor_id)
            record(action="donor.trusted", obj=donor, now=now, office=donor.opened_by_office)
    return lifted


def _add_programme(donor: Donor, agreement: Agreement, office: Office, now: datetime) -> Programme:
    return Programme.objects.create(
        donor=donor,
        kind=agreement.kind,
        name=agreement.name,
        funding=agreement.funding,
        agreement_number=agreement.number,
        fixed_from=agreement.fixed_from,
        fixed_until=agreement.fixed_until,
        ceiling=agreement.ceiling,
        public_task=agreement.public_task,
        opened_by_office=office,
        created_at=now,
    )


def _welcome(owner: User, donor: Donor, now: datetime) -> None:
    with translation.override(owner.language):
        lines = [
            _("Akun donatur organisasi Anda sudah dibuka oleh kantor cabang."),
            _("Masuk di %(address)s dengan alamat ini. Kami kirim kode, tanpa kata sandi.")
            % {"address": settings.PUBLIC_URL},
            "",
            _("Nama donatur: %(name)s") % {"name": donor.name},
        ]
        post_message(
            key=f"donor-opened:{donor.pk}",
            kind="donor_opened",
            user=owner,
            subject=_("Akun donatur sudah dibuka"),
            body="\n".join(lines),
            now=now,
        )
