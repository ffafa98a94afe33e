"""Workers, and the orders and cases by which they enter for a donor."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import DerivedTextField, SealedTextField
from bricks.scoped import scoped
from donors.models import Donor
from regions.models import Office
from workers.models.jobs import Occupation, Sector, Sex
from workers.models.scopes import offices_of
from workers.naming import KEY_LENGTH, name_key

#: Until the branch has approved, a donor knows nothing of whom he takes over (P17).
UNSEEN = Q(continues__isnull=False) & ~Q(status="approved")


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Filters of workers."""

    def visible_to(self, user: Any) -> WorkerQuerySet:
        """Workers of an enrollment that the user may see; donors only once approved. A branch
        also sees those who moved to it."""
        if not user.is_authenticated:
            return self.none()
        if user.is_head_office:
            return self
        seen = Enrollment.everything.visible_to_staff_or_donor(user).filter(worker__isnull=False)
        here = offices_of(user, on="life_events__office")
        moved = Q(life_events__kind="moved", life_events__revoked_at__isnull=True)
        arrived = Worker.everything.filter(moved & here)
        return self.filter(Q(pk__in=seen.values("worker")) | Q(pk__in=arrived.values("pk")))


class Worker(models.Model):
    """An informal (BPU) worker whom a branch has found real and eligible.

    One row per NIK in the whole portal, made at the first approval; later
    enrollments of the same NIK join it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nik = SealedTextField(purpose="worker.nik")
    nik_index = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(max_length=120)
    name_key = DerivedTextField(of="name", by=name_key, max_length=KEY_LENGTH)
    birth_date = models.DateField()
    sex = models.CharField(max_length=1, choices=Sex)
    phone = SealedTextField(purpose="worker.phone", blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    # Street, number, RT/RW: what leads a visitor to the door, where it was told.
    address = SealedTextField(purpose="worker.address", blank=True, default="")
    address_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    village = models.ForeignKey("regions.Area", on_delete=models.PROTECT, related_name="+")
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, related_name="+")
    # The number by which BPJS Ketenagakerjaan knows the participant, once told.
    kpj = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField()

    everything = models.Manager.from_queryset(WorkerQuerySet)()
    objects = scoped(WorkerQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(nik_index=""), name="worker_has_a_nik"),
            models.CheckConstraint(condition=Q(sex__in=["L", "P"]), name="worker_sex_known"),
        ]
        indexes = [
            # Probable duplicates: the same birthday, or a like name in the same village.
            models.Index(fields=["birth_date", "name_key"], name="worker_by_birthday"),
            models.Index(fields=["name_key", "village"], name="worker_by_name_key"),
        ]

    def __str__(self) -> str:
        return f"worker {self.pk}"

    @property
    def short_name(self) -> str:
        """First name and initial: all that a stranger may read."""
        first, *rest = self.name.split()
        return f"{first} {rest[-1][0]}." if rest else first


class OrderQuerySet(models.QuerySet["Order"]):
    """Filters of orders."""

    def visible_to(self, user: Any) -> OrderQuerySet:
        """Orders of the user's own donors; staff work on enrollments instead.

        One of which no case may be seen yet is not there (`Enrollment.continues`).
        """
        if not user.is_authenticated:
            return self.none()
        mine = Donor.everything.filter(members__user=user, members__left_at__isnull=True)
        cases = Enrollment.everything.filter(order=OuterRef("pk"))
        unseen = Exists(cases.filter(UNSEEN)) & ~Exists(cases.exclude(UNSEEN))
        return self.filter(~unseen, donor__in=mine)


class Order(models.Model):
    """Up to five workers whom a donor enters together, and pays on one invoice.

    While it is a draft its form lives in `draft` (sealed JSON), saved as the donor
    types; handing it in makes one Enrollment per worker.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draf")
        SUBMITTED = "submitted", _("Terkirim")
        DISCARDED = "discarded", _("Dibuang")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey("donors.Programme", on_delete=models.PROTECT, related_name="+")
    # Who entered it; nobody signs in where a worker pays for himself.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    draft = SealedTextField(purpose="order.draft", blank=True, default="")
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(OrderQuerySet)()
    objects = scoped(OrderQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="submitted") | (Q(submitted_at__isnull=False) & Q(draft="")),
                name="order_submitted_keeps_no_draft",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that donor and branch tell each other."""
        return f"D-{self.created_at:%y}{self.pk:06d}"


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """Filters of enrollments."""

    def visible_to(self, user: Any) -> EnrollmentQuerySet:
        """Cases of the user's own donors, of his branch, of his Kanwil, or all."""
        return self.visible_to_staff_or_donor(user)

    def visible_to_staff_or_donor(self, user: Any) -> EnrollmentQuerySet:
        """The rule behind `visible_to`, for subqueries of other models."""
        if not user.is_authenticated:
            return self.none()
        if user.is_head_office:
            return self
        mine = Donor.everything.filter(members__user=user, members__left_at__isnull=True)
        own = Q(donor__in=mine.values("pk")) & ~UNSEEN
        return self.filter(own | offices_of(user))


class Enrollment(models.Model):
    """The case by which a worker enters for a donor: handed in, checked, decided.

    It bears what was claimed about the worker; the registry (Worker) takes it over
    when a branch approves. `followed_up_at` is the marker by which the sponsorship
    floor claims an approved case.
    """

    class Status(models.TextChoices):
        AWAITING_CONSENT = "awaiting_consent", _("Menunggu persetujuan pekerja")
        SUBMITTED = "submitted", _("Menunggu pemeriksaan cabang")
        IN_REVIEW = "in_review", _("Sedang diperiksa cabang")
        RETURNED = "returned", _("Perlu diperbaiki")
        APPROVED = "approved", _("Disetujui")
        REJECTED = "rejected", _("Ditolak")
        WITHDRAWN = "withdrawn", _("Ditarik")
        EXPIRED = "expired", _("Kedaluwarsa")

    class Relation(models.TextChoices):
        HOUSEHOLD = "household", _("Bekerja di rumah saya")
        FAMILY = "family", _("Keluarga")
        NEIGHBOUR = "neighbour", _("Tetangga atau kenalan")
        COMMUNITY = "community", _("Satu komunitas atau tempat ibadah")
        SERVICE = "service", _("Langganan jasanya")
        PROGRAMME = "programme", _("Peserta program")
        OTHER = "other", _("Lainnya")

    class Frozen(models.TextChoices):
        NO = "", ""
        NOT_ME = "not_me", _("Pekerja: bukan saya")
        CALL_BACK = "call_back", _("Temuan saat ditelepon ulang")

    #: States in which the branch or the donor still has something to do.
    OPEN = (Status.AWAITING_CONSENT, Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED)
    #: States in which the branch owes a decision.
    UNDECIDED = (Status.SUBMITTED, Status.IN_REVIEW)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="enrollments")
    position = models.PositiveSmallIntegerField(default=1)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey("donors.Programme", on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, blank=True, related_name="enrollments"
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=18, choices=Status)

    # What is claimed about the worker.
    nik = SealedTextField(purpose="enrollment.nik", blank=True, default="")
    nik_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    name = models.CharField(max_length=120, blank=True, default="")
    name_key = DerivedTextField(of="name", by=name_key, max_length=KEY_LENGTH)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, blank=True, default="")
    phone = SealedTextField(purpose="enrollment.phone", blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    address = SealedTextField(purpose="enrollment.address", blank=True, default="")
    address_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    village = models.ForeignKey(
        "regions.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occupation = models.ForeignKey(
        Occupation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    relation = models.CharField(max_length=10, choices=Relation)
    # The case whose cover this one goes on with, for another payer. Its donor sees it only
    # once it is approved.
    continues = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    # What is asked for.
    months = models.PositiveSmallIntegerField(default=12)
    bracket = models.PositiveSmallIntegerField(default=1)
    jht = models.BooleanField(default=False)
    # The price-deciding sector: proposed by the occupation, confirmed by the branch (P9).
    sector = models.CharField(max_length=10, choices=Sector, default=Sector.OTHER)

    # Its way through the branch.
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    # The last paid day of the worker's present cover, as the checks last found it (P22).
    cover_ends_on = models.DateField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The last day on which the approval can be paid (P6), inclusive.
    approved_until = models.DateField(null=True, blank=True)
    # Per field a reason code, or a whole-case reason; the donor reads them beside the field.
    reasons: Any = models.JSONField(default=dict, blank=True)
    # What the officer saw when deciding, masked.
    snapshot: Any = models.JSONField(default=dict, blank=True)
    followed_up_at = models.DateTimeField(null=True, blank=True)
    # While set, nothing is asked or taken for this case (P18); the branch lifts it.
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_because = models.CharField(max_length=10, choices=Frozen, blank=True, default=Frozen.NO)
    created_at = models.DateTimeField()

    everything = models.Manager.from_queryset(EnrollmentQuerySet)()
    objects = scoped(EnrollmentQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["donor", "nik_index"],
                condition=Q(status__in=["awaiting_consent", "submitted", "in_review", "returned"])
                & ~Q(nik_index=""),
                name="enrollment_one_open_per_donor_and_nik",
            ),
            models.UniqueConstraint(fields=["order", "position"], name="enrollment_position_once"),
            models.CheckConstraint(
                condition=Q(status__in=["awaiting_consent", "withdrawn", "expired"])
                | (
                    ~Q(nik_index="")
                    & ~Q(name="")
                    & Q(birth_date__isnull=False)
                    & Q(village__isnull=False)
                    & Q(occupation__isnull=False)
                    & Q(office__isnull=False)
                    & Q(submitted_at__isnull=False)
                ),
                name="enrollment_complete_once_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | (
                    Q(worker__isnull=False)
                    & (Q(decided_by__isnull=False) | Q(continues__isnull=False))
                    & Q(decided_at__isnull=False)
                    & Q(approved_until__isnull=False)
                ),
                name="enrollment_approved_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status="in_review")
                | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="enrollment_in_review_is_held",
            ),
            models.CheckConstraint(
                condition=Q(months__in=[1, 2, 3, 6, 12]), name="enrollment_months_offered"
            ),
            models.CheckConstraint(
                condition=Q(bracket__gte=1, bracket__lte=33), name="enrollment_bracket_known"
            ),
            models.CheckConstraint(
                condition=Q(followed_up_at__isnull=True) | Q(decided_at__isnull=False),
                name="enrollment_followed_up_after_decision",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, frozen_because="")
                | Q(frozen_at__isnull=False) & ~Q(frozen_because=""),
                name="enrollment_frozen_for_a_reason",
            ),
        ]
        indexes = [
            # Probable duplicates among the cases.
            models.Index(fields=["birth_date", "name_key"], name="enrollment_by_birthday"),
            models.Index(fields=["name_key", "village"], name="enrollment_by_name_key"),
            # The branch's figures: what an office decided, by day.
            models.Index(
                fields=["office", "decided_at"],
                condition=Q(decided_at__isnull=False),
                name="enrollment_decided",
            ),
            # The desk: what an office still has to decide, oldest first.
            models.Index(
                fields=["office", "submitted_at"],
                condition=Q(status__in=["submitted", "in_review"]),
                name="enrollment_desk",
            ),
            # The sponsorship job: approved cases that nobody has followed up.
            models.Index(
                fields=["decided_at"],
                condition=Q(status="approved", followed_up_at__isnull=True),
                name="enrollment_to_follow_up",
            ),
            # Every minute: the frozen cases, which are few.
            models.Index(
                fields=["frozen_at"],
                condition=Q(frozen_at__isnull=False),
                name="enrollment_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"enrollment {self.pk}"

    @property
    def number(self) -> str:
        """The number that donor and branch tell each other."""
        return f"{self.order.number}-{self.position}"
