"""Where each person's work begins after signing in."""

from django.urls import NoReverseMatch, reverse

from accounts.models import Role, User

#: The page of each role, the narrowest role first; donors have none.
HOMES: tuple[tuple[str, str], ...] = (
    (Role.Kind.BRANCH_SUPERVISOR, "desk"),
    (Role.Kind.BRANCH_OFFICER, "desk"),
    (Role.Kind.REGIONAL_ADMIN, "dashboard"),
    (Role.Kind.HEAD_OFFICE, "jobs"),
    (Role.Kind.TREASURER, "treasury"),
    (Role.Kind.AUDITOR, "dashboard"),
)
DONOR_HOME = "orders"


def home_of(user: User) -> str:
    """Return the address of the user's first page; `/` where the portal has none."""
    held = [page for kind, page in HOMES if user.has_role(kind)]
    # An auditor of one branch has no figures: he begins with who looked at what.
    if not user.sees_figures:
        held = ["view_log" if page == "dashboard" else page for page in held]
    for name in held or [DONOR_HOME]:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return "/"
