"""An officer's word on two NIKs that look like one person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workers import duplicate_selectors
from workers.models import DuplicateRuling, Enrollment
from workers.services.checking import make_checks
from workers.services.holding import CannotDecide, claim, fresh, refuse_own_case
from workers.services.thread import tell_thread


class NoSuchPair(CannotDecide):
    """These two are no (longer a) likely pair."""

    sentence = _("Pasangan ini tidak lagi perlu diputuskan. Lihat pemeriksaan.")


class RuledOtherwise(CannotDecide):
    """Somebody else has ruled on the two in the meantime, and otherwise."""

    def __init__(self, ruling: DuplicateRuling) -> None:
        super().__init__()
        self.ruling = ruling

    def __str__(self) -> str:
        told = {
            "name": self.ruling.ruled_by.get_full_name(),
            "verdict": self.ruling.get_verdict_display(),
        }
        return _("%(name)s sudah memutuskan: %(verdict)s. Muat ulang halamannya.") % told


@transaction.atomic
def rule(
    *,
    enrollment: Enrollment,
    officer: User,
    twin: str,
    verdict: str,
    now: datetime,
    former: str = "",
) -> DuplicateRuling:
    """Keep the word of the holder of a case on one of its likely twins, for good.

    `twin` names it as `duplicate_selectors.name_of` does; `former` is the verdict that the
    officer saw, where he changes one. The word counts for the two NIKs, in whatever case
    they meet again, and the checks of this case are made anew. The same word once more
    changes nothing; of two different words at once the first stands. Raises OwnCase,
    NotHolder, NoSuchPair, RuledOtherwise.
    """
    case = fresh(enrollment)
    refuse_own_case(case, officer)
    # Holds the case's row, and is a sign of work.
    claim(case, officer, taken_at=now)
    other = duplicate_selectors.index_of(case, twin)
    if other is None:
        raise NoSuchPair
    first, second = sorted((case.nik_index, other))
    ruling, is_new = DuplicateRuling.objects.select_related("ruled_by").get_or_create(
        first=first,
        second=second,
        defaults={
            "verdict": verdict,
            "enrollment": case,
            "ruled_by": officer,
            "ruled_at": now,
        },
    )
    if ruling.verdict == verdict and not is_new:
        return ruling
    if not is_new:
        _change(ruling, verdict=verdict, former=former, case=case, officer=officer, now=now)
    tell_thread(
        enrollment=case,
        kind=f"ruled_{verdict}",
        now=now,
        actor=officer,
        before={"verdict": former} if former else None,
        after={"verdict": verdict, "twin": twin},
    )
    make_checks(enrollment=case, now=now)
    return ruling


def _change(
    ruling: DuplicateRuling,
    *,
    verdict: str,
    former: str,
    case: Enrollment,
    officer: User,
    now: datetime,
) -> None:
    """Put another word in the place of the one that the officer saw."""
    seen = DuplicateRuling.objects.filter(pk=ruling.pk, verdict=former)
    if not seen.update(verdict=verdict, enrollment=case, ruled_by=officer, ruled_at=now):
        raise RuledOtherwise(ruling)
    ruling.refresh_from_db()
