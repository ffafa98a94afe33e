"""People who sign in, their roles and the offices these hold for, and the two logs."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from bricks import business_day
from bricks.fields import SealedTextField
from bricks.secrets import blind_index


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail address or phone, the names under which they sign in."""

    use_in_migrations = True

    def create_user(
        self, email: str | None = None, password: str | None = None, phone: str = "", **fields: Any
    ) -> User:
        """Create a user; without a password he signs in by code only."""
        user = self.model(email=self.normalize_email(email).lower() or None, **fields)
        user.keep_phone(phone)
        user.set_password(password)
        user.save(using=self._db)
        return user


def phone_index(phone: str) -> str:
    """Return the index by which a cleaned phone number is found, of users and workers alike."""
    return blind_index(phone, purpose="phone")


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by e-mail address or phone, with a code or a password."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Empty (NULL) for those who sign in by phone only.
    email = models.EmailField(_("alamat e-mail"), unique=True, null=True, blank=True)
    name = models.CharField(_("nama"), max_length=120, blank=True)
    phone = SealedTextField(_("nomor HP"), purpose="user.phone", blank=True, default="")
    phone_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=5, default="id")
    # WIB, WITA or WIT: messages that can wait leave by day where the user lives.
    utc_offset = models.SmallIntegerField(default=7)
    # He chose to be written to by phone although an e-mail address is known.
    prefers_phone = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # One phone signs in one person; many people may leave it empty.
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=~Q(phone_index="") & Q(phone_verified_at__isnull=False),
                name="user_one_account_per_verified_phone",
            ),
            models.CheckConstraint(
                condition=Q(language__in=["id", "en"]), name="user_language_known"
            ),
            models.CheckConstraint(
                condition=Q(utc_offset__in=[7, 8, 9]), name="user_utc_offset_known"
            ),
            models.CheckConstraint(
                condition=Q(prefers_phone=False) | Q(phone_verified_at__isnull=False),
                name="user_prefers_a_proven_phone",
            ),
            models.CheckConstraint(
                condition=(Q(email__isnull=False) & ~Q(email="")) | ~Q(phone_index=""),
                name="user_can_be_reached",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"user {self.pk}"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else ""

    @property
    def contact(self) -> str:
        """Where messages to the user go: the e-mail address, unless he has none or prefers
        his proven phone."""
        return self.phone if self.is_reached_by_phone else self.email or ""

    @property
    def is_reached_by_phone(self) -> bool:
        return not self.email or (self.prefers_phone and self.phone_verified_at is not None)

    def keep_phone(self, phone: str) -> None:
        """Set a cleaned phone number (`bricks.phones`) and its index, without saving."""
        self.phone = phone
        self.phone_index = phone_index(phone)

    @cached_property
    def live_roles(self) -> list[Role]:
        """The roles that hold on the day of the request, read once per request.

        A role is over after its last day, whether or not the clock job has ended it yet.
        """
        day = business_day.of_request()
        roles = self.roles.filter(ended_at__isnull=True).select_related("office")
        return [role for role in roles if not (day and role.until and role.until < day)]

    def has_role(self, *kinds: str) -> bool:
        """Tell whether one of the named roles holds."""
        return any(role.kind in kinds for role in self.live_roles)

    def offices(self, *kinds: str) -> list[Any]:
        """Return the offices for which one of the named roles holds."""
        return [r.office for r in self.live_roles if r.kind in kinds and r.office is not None]

    @property
    def offices_in_charge(self) -> list[Any]:
        """The offices that the user supervises in his own right, not as a deputy (P22)."""
        kind = Role.Kind.BRANCH_SUPERVISOR
        return [r.office for r in self.live_roles if r.kind == kind and r.until is None]

    @property
    def is_donor(self) -> bool:
        """Everyone who works for no office comes as a donor."""
        return self.is_authenticated and not self.live_roles

    @property
    def is_branch(self) -> bool:
        return self.has_role(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)

    @property
    def is_supervisor(self) -> bool:
        return self.has_role(Role.Kind.BRANCH_SUPERVISOR)

    @property
    def is_treasurer(self) -> bool:
        return self.has_role(Role.Kind.TREASURER)

    @property
    def is_regional(self) -> bool:
        return self.has_role(Role.Kind.REGIONAL_ADMIN)

    @property
    def is_head_office(self) -> bool:
        return self.has_role(Role.Kind.HEAD_OFFICE)

    @property
    def is_auditor(self) -> bool:
        return self.has_role(Role.Kind.AUDITOR)

    @property
    def audits_the_country(self) -> bool:
        """An auditor without an office is one of the whole country."""
        return any(r.kind == Role.Kind.AUDITOR and r.office is None for r in self.live_roles)

    @property
    def sees_figures(self) -> bool:
        """The figures are those of a Kanwil, or of the country."""
        watched = self.offices(Role.Kind.REGIONAL_ADMIN, Role.Kind.AUDITOR)
        at_kanwil = any(office.kind == "kanwil" for office in watched)
        return self.is_head_office or self.audits_the_country or at_kanwil

    @property
    def reads_logs(self) -> bool:
        """Supervisors, auditors and head office read who looked and who acted."""
        return self.has_role(Role.Kind.BRANCH_SUPERVISOR, Role.Kind.AUDITOR, Role.Kind.HEAD_OFFICE)


class Role(models.Model):
    """What a member of staff may do, and for which office; it ends, it is never deleted."""

    class Kind(models.TextChoices):
        BRANCH_OFFICER = "branch_officer", _("Petugas cabang")
        BRANCH_SUPERVISOR = "branch_supervisor", _("Penyelia cabang")
        TREASURER = "treasurer", _("Bendahara")
        REGIONAL_ADMIN = "regional_admin", _("Admin wilayah")
        HEAD_OFFICE = "head_office", _("Kantor pusat")
        AUDITOR = "auditor", _("Auditor")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)
    office = models.ForeignKey(
        "regions.Office", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The last day of a deputy's or an auditor's role, inclusive; a clock job ends it.
    until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "office"],
                condition=Q(ended_at__isnull=True),
                name="role_held_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="head_office") | Q(kind="auditor") | Q(office__isnull=False),
                name="role_has_its_office",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("given_at")),
                name="role_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(given_by__isnull=True) | ~Q(given_by=F("user")),
                name="role_given_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"


class AuditEvent(models.Model):
    """One business action: who did what to which object, before and after.

    Append-only: triggers refuse UPDATE and DELETE. `before` and `after` bear nothing
    personal; names, dates of birth, NIK, phone and address stand in `personal`, sealed
    JSON, the one column that a rotation of keys and a promise to forget may write anew.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    office = models.ForeignKey(
        "regions.Office", on_delete=models.PROTECT, null=True, related_name="+"
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    personal = SealedTextField(purpose="audit.personal", blank=True, default="")
    # The request, job or command in which it was done, as the log's lines bear it.
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["office", "-at"], name="audit_of_office"),
            models.Index(fields=["-at"], name="audit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class ViewLog(models.Model):
    """One look at a full NIK or another sealed datum: who, when, whose, why. Append-only."""

    at = models.DateTimeField()
    viewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    what = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    office = models.ForeignKey(
        "regions.Office", on_delete=models.PROTECT, null=True, related_name="+"
    )
    request_id = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"], name="viewlog_by_object"),
            models.Index(fields=["office", "-at"], name="viewlog_of_office"),
            models.Index(fields=["-at"], name="viewlog_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.object_type} {self.object_id}"
