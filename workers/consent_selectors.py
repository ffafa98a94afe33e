"""Cases that wait for nothing but the worker's consent, which the branch may record (P12)."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr

from accounts.models import User
from donors.models import DonorMember
from regions.models import OfficeArea, OfficeException
from regions.selectors import default_office_for
from workers import desk_selectors
from workers.models import Enrollment, EnrollmentEvent

#: Where the worker himself has said no, or nobody knows yet who he is, the branch asks nobody.
COMPLETE = (
    ~Q(nik_index="")
    & ~Q(name="")
    & Q(birth_date__isnull=False, village__isnull=False, occupation__isnull=False)
)


def awaiting_consent(user: User) -> QuerySet[Enrollment]:
    """Complete cases from the area of the user's desk without consent, the oldest first.

    Those of his own donors and family are left to a colleague (P22).
    """
    offices = list(desk_selectors.desk_offices(user).values_list("pk", flat=True))
    defaults = OfficeArea.objects.filter(office__in=offices, is_default=True)
    named = OfficeException.objects.filter(office__is_open=True)
    # As in `regions.selectors.offices_for`: the village weighs more than its district.
    village = named.filter(area=OuterRef("village_id"))
    district = named.filter(area=OuterRef("district"))
    own_donors = DonorMember.objects.filter(user=user, left_at__isnull=True)
    family = EnrollmentEvent.objects.filter(
        enrollment=OuterRef("pk"), kind=desk_selectors.FAMILY_DECLARED, actor=user
    )
    return (
        Enrollment.everything.filter(COMPLETE, status=Enrollment.Status.AWAITING_CONSENT)
        .annotate(district=Substr("village", 1, 6), regency=Substr("village", 1, 4))
        .filter(
            Q(Exists(village.filter(office__in=offices)))
            | Q(~Exists(village), Exists(district.filter(office__in=offices)))
            | Q(~Exists(village), ~Exists(district), regency__in=defaults.values("regency"))
        )
        .exclude(donor__in=own_donors.values("donor"))
        .exclude(Exists(family))
        .select_related("order", "donor", "programme", "village", "occupation")
        .order_by("created_at", "pk")
    )


def is_of_desk(case: Enrollment, user: User) -> bool:
    """Tell whether a case would come to the user's desk once the worker has agreed."""
    office = default_office_for(village_code=case.village_id) if case.village_id else None
    return office is not None and office in desk_selectors.desk_offices(user)
