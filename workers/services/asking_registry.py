"""Asking a connected civil registry about a case that an officer holds."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_view
from accounts.models import User
from workers.models import Enrollment, IdentityAnswer
from workers.official_selectors import identity_index
from workers.registry_lookup import Question, RegistryUnavailable, civil_registry
from workers.services.checking import make_checks
from workers.services.holding import CannotDecide, claim, fresh, refuse_own_case
from workers.services.thread import tell_thread


class RegistryNotConnected(CannotDecide):
    """No registry is connected: nobody was asked."""

    sentence = _("Belum terhubung ke data kependudukan. Pakai berkas pemeriksaan.")


class RegistrySilent(CannotDecide):
    """The registry did not answer."""

    sentence = _("Data kependudukan belum menjawab. Coba lagi nanti.")


def ask_registry(*, enrollment: Enrollment, officer: User, now: datetime) -> IdentityAnswer:
    """Ask the civil registry about a held case, keep its answer, check the case anew.

    The question is logged as a look at the NIK before it leaves; the network stands
    outside every transaction, and an answer is kept only while the case is still held.
    Raises RegistryNotConnected, RegistrySilent, OwnCase, NotHolder.
    """
    registry = civil_registry()
    if not registry.is_connected:
        raise RegistryNotConnected
    refuse_own_case(enrollment, officer)
    with transaction.atomic():
        claim(enrollment, officer, taken_at=now)
        case = fresh(enrollment)
        record_view(
            viewer=officer,
            obj=case,
            what="nik",
            reason=f"tanya {registry.name}"[:200],
            now=now,
            office=case.office,
        )
    try:
        # A case that is in review is complete.
        said = registry.look_up(Question(case.nik, case.name, case.birth_date, case.sex))  # type: ignore[arg-type]
    except RegistryUnavailable as error:
        raise RegistrySilent from error
    with transaction.atomic():
        claim(case, officer, taken_at=now)
        answer = IdentityAnswer.objects.create(
            enrollment=case,
            source=registry.name,
            nik_index=case.nik_index,
            claim_index=identity_index(case),
            identity=said.identity,
            dead=said.dead,
            asked_by=officer,
            answered_at=now,
        )
        tell_thread(
            enrollment=case,
            kind="officially_answered",
            now=now,
            actor=officer,
            note=registry.name,
            after={"source": registry.name},
        )
        make_checks(enrollment=case, now=now)
    return answer
