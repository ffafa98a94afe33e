"""What can stand in the way of a case in a decision on many: fixed codes and their words.

The dry run finds them in what the portal has stored; working the decision off finds
them once more, each by the error of the verb that would have decided the case.
"""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from workers.services import deciding, holding

#: Jobs that tell no sector: the branch must hear what the worker does (P9).
JOBS_OF_ANY_SECTOR = ("lainnya",)


class Obstacle(TextChoices):
    """Why a case is left out, in the order in which they are looked for."""

    NOT_WAITING = "not_waiting", _("Tidak lagi menunggu keputusan")
    ELSEWHERE = "elsewhere", _("Kasus cabang lain")
    HELD = "held", _("Sedang dipegang petugas lain")
    OWN = "own", _("Kasus donatur atau keluarga sendiri")
    FROZEN = "frozen", _("Dibekukan")
    UNCHECKED = "unchecked", _("Belum diperiksa otomatis")
    CONSENT = "consent", _("Persetujuan pekerja belum ada")
    STOPPED = "stopped", _("Pemeriksaan tidak membolehkan")
    TWIN = "twin", _("Mungkin orang yang sama; bandingkan dulu")
    DIFFERS = "differs", _("Data berbeda dari data terdaftar; bandingkan dulu")
    PROOF = "proof", _("Perlu bukti tambahan karena alasan risiko")
    LOOK = "look", _("Petugas perlu melihat pemeriksaannya dulu")
    SECTOR = "sector", _("Sektor perlu dipastikan petugas")
    REFUSED = "refused", _("Tidak dapat diputuskan bersama; buka kasusnya")


_OF_ERROR: Mapping[type[holding.CannotDecide], Obstacle] = {
    holding.CaseNotWaiting: Obstacle.NOT_WAITING,
    holding.WrongOffice: Obstacle.ELSEWHERE,
    holding.CaseTaken: Obstacle.HELD,
    holding.NotHolder: Obstacle.HELD,
    holding.OwnCase: Obstacle.OWN,
    deciding.CaseFrozen: Obstacle.FROZEN,
    deciding.ConsentMissing: Obstacle.CONSENT,
    deciding.ChecksStop: Obstacle.STOPPED,
    deciding.DifferencesNotSeen: Obstacle.DIFFERS,
    deciding.ProofMissing: Obstacle.PROOF,
    deciding.SectorNotConfirmed: Obstacle.SECTOR,
}


#: Checks whose finding asks for a person's own look, which nobody takes at many at once.
TO_LOOK_AT: Mapping[str, Obstacle] = {
    "likely_twin": Obstacle.TWIN,
    "registry": Obstacle.DIFFERS,
    "civil_registry": Obstacle.DIFFERS,
    "core_member": Obstacle.LOOK,
    "informal": Obstacle.LOOK,
    "sector": Obstacle.SECTOR,
}


class NotLookedAt(holding.CannotDecide):
    """A check of the case asks for a person's own look."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.obstacle = obstacle

    def __str__(self) -> str:
        return str(self.obstacle.label)


def obstacle_of(error: holding.CannotDecide) -> Obstacle:
    """Return the obstacle that the error of a verb stands for."""
    if isinstance(error, NotLookedAt):
        return error.obstacle
    return next(
        (found for kind, found in _OF_ERROR.items() if isinstance(error, kind)), Obstacle.REFUSED
    )
