"""Questions about users and their roles."""

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import Role, User, phone_index


def user_of_phone(phone: str) -> User | None:
    """Return the user of a cleaned phone number; whoever has proved it comes first."""
    if not phone:
        return None
    users = User.objects.filter(phone_index=phone_index(phone), is_active=True)
    return users.order_by(F("phone_verified_at").asc(nulls_last=True), "pk").first()


def deputies_of(supervisor: User) -> QuerySet[Role]:
    """Return the roles of those who stand in at the supervisor's offices, the newest first."""
    return (
        Role.objects.filter(
            kind=Role.Kind.BRANCH_SUPERVISOR,
            office__in=supervisor.offices_in_charge,
            until__isnull=False,
        )
        .select_related("user", "office", "given_by")
        .order_by(F("ended_at").desc(nulls_first=True), "-given_at", "-pk")
    )


def officers_to_deputise(supervisor: User) -> QuerySet[Role]:
    """Return the roles of the officers at the supervisor's offices who may stand in for him."""
    there_already = Role.objects.filter(
        user=OuterRef("user"),
        office=OuterRef("office"),
        kind=Role.Kind.BRANCH_SUPERVISOR,
        ended_at__isnull=True,
    )
    return (
        Role.objects.filter(
            ~Exists(there_already),
            kind=Role.Kind.BRANCH_OFFICER,
            office__in=supervisor.offices_in_charge,
            ended_at__isnull=True,
            user__is_active=True,
        )
        .exclude(user=supervisor)
        .select_related("user", "office")
        .order_by("user__name", "pk")
    )
