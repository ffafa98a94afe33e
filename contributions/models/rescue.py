"""No silent gap: hand-over to another donor, the branch's waiting list, paying oneself."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.scoped import scoped
from contributions.models.sponsorships import Sponsorship
from donors.models import Donor
from regions.models import Office
from workers.models import Consent, Enrollment, Worker
from workers.models.registry import OfOfficeQuerySet


class HandOverQuerySet(models.QuerySet["HandOver"]):
    """Filters of offers to hand over."""

    def visible_to(self, user: Any) -> HandOverQuerySet:
        """Those of sponsorships that the user may see."""
        rows = Sponsorship.objects.visible_to(user)
        return self.filter(sponsorship__in=rows.values("pk"))


class HandOver(models.Model):
    """A donor's offer that somebody else goes on with a sponsorship: a link, used once.

    The address bears its name and our signature; whoever is signed in as a donor may
    accept until it expires, is used or is taken back.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sponsorship = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(HandOverQuerySet)()
    objects = scoped(HandOverQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sponsorship"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="handover_one_open_per_sponsorship",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True),
                name="handover_used_or_revoked",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="handover_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"hand-over of sponsorship {self.sponsorship_id}"


class WaitingPlaceQuerySet(OfOfficeQuerySet):
    """Filters of the waiting list: places of the user's own branch or Kanwil, no donor's."""

    def open(self) -> WaitingPlaceQuerySet:
        """Places that somebody still holds."""
        return self.filter(left_at__isnull=True)


class WaitingPlace(models.Model):
    """A worker who agreed that the branch looks for another donor (P17)."""

    class Source(models.TextChoices):
        STOPPED = "stopped", _("Donatur berhenti")
        LAPSED = "lapsed", _("Terputus tidak dibayar")
        FINISHED = "finished", _("Programnya selesai")
        HANDED_OVER = "handed_over", _("Pengganti tidak jadi membayar")

    class How(models.TextChoices):
        """How he agreed; the branch heard it from himself."""

        PAGE = "page", _("Di halamannya sendiri")
        MESSAGE = "message", _("Lewat pesan")
        CAME = Consent.How.CAME.value, Consent.How.CAME.label
        CALLED = Consent.How.CALLED.value, Consent.How.CALLED.label
        VISITED = Consent.How.VISITED.value, Consent.How.VISITED.label

    class Outcome(models.TextChoices):
        OPEN = "", ""
        TAKEN = "taken", _("Dilanjutkan donatur lain")
        RESUMED = "resumed", _("Dilanjutkan donatur lama")
        PAYS_HIMSELF = "himself", _("Membayar sendiri")
        WITHDRAWN = "withdrawn", _("Pekerja tidak mau lagi")
        REMOVED = "removed", _("Dikeluarkan cabang")
        GONE = "gone", _("Meninggal, berhenti, atau menjadi penerima upah")
        TOO_OLD = "too_old", _("Sudah 65 tahun")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    # The sponsorship whose end he stands here for.
    former = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, choices=Source)
    # The first day that nobody has paid: by it the list is ordered.
    needs_from = models.DateField()
    since = models.DateTimeField()
    how = models.CharField(max_length=8, choices=How)
    agreed_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    left_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.OPEN)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True, default="")

    everything = models.Manager.from_queryset(WaitingPlaceQuerySet)()
    objects = scoped(WaitingPlaceQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(left_at__isnull=True),
                name="waitingplace_one_open_per_worker",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, outcome="")
                | Q(left_at__isnull=False) & ~Q(outcome=""),
                name="waitingplace_left_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(how__in=["page", "message"]) | Q(recorded_by__isnull=False),
                name="waitingplace_agreed_before_someone",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="removed") | Q(removed_by__isnull=False) & ~Q(reason=""),
                name="waitingplace_removed_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "needs_from"],
                condition=Q(left_at__isnull=True),
                name="waitingplace_list",
            ),
            models.Index(
                fields=["needs_from"],
                condition=Q(left_at__isnull=True),
                name="waitingplace_all",
            ),
        ]

    def __str__(self) -> str:
        return f"waiting place {self.pk}"


class TakeOverQuerySet(models.QuerySet["TakeOver"]):
    """Filters of take-overs."""

    def visible_to(self, user: Any) -> TakeOverQuerySet:
        """Those of the user's own donors; the branch reads the case."""
        if not user.is_authenticated:
            return self.none()
        mine = Donor.everything.filter(members__user=user, members__left_at__isnull=True)
        return self.filter(donor__in=mine.values("pk"))


class TakeOver(models.Model):
    """A donor who goes on where another stops, from his choice to his first payment.

    The case that it made is checked and decided as any other; the new donor sees it once
    the branch has approved (`Enrollment.continues`).
    """

    class Outcome(models.TextChoices):
        OPEN = "", ""
        PAID = "paid", _("Berjalan")
        DECLINED = "declined", _("Pekerja tidak setuju")
        REJECTED = "rejected", _("Tidak dapat diteruskan cabang")
        WITHDRAWN = "withdrawn", _("Anda batalkan")
        UNPAID = "unpaid", _("Tidak dibayar tepat waktu")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    former = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="+")
    # By the former donor's link, or from the waiting list.
    hand_over = models.OneToOneField(
        HandOver, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    place = models.ForeignKey(
        WaitingPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField()
    # When the branch's approval stopped the former sponsorship.
    former_stopped_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.OPEN)

    everything = models.Manager.from_queryset(TakeOverQuerySet)()
    objects = scoped(TakeOverQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(closed_at__isnull=True),
                name="takeover_one_open_per_worker",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="")
                | Q(closed_at__isnull=False) & ~Q(outcome=""),
                name="takeover_closed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(hand_over__isnull=False, place__isnull=True)
                | Q(hand_over__isnull=True, place__isnull=False),
                name="takeover_by_link_or_from_the_list",
            ),
        ]

    def __str__(self) -> str:
        return f"take-over {self.pk}"


class SelfPayer(models.Model):
    """The donor as which a worker pays for himself; nobody signs in for it."""

    worker = models.OneToOneField(Worker, on_delete=models.PROTECT, related_name="+")
    donor = models.OneToOneField(Donor, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"worker {self.worker_id} as donor {self.donor_id}"
