"""The branch prints a code with which a worker opens his own page."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bricks import clock
from workers.desk_access import StaffRequest, branch_only, desk_case_for
from workers.services.holding import CannotDecide
from workers.services.own_access import print_code


@branch_only
@never_cache
@require_POST
def person_code_print(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Draw a code and show it once, on one sheet to print; asking again draws another."""
    case = desk_case_for(request.user, uuid)
    try:
        code = print_code(enrollment=case, by=request.user, now=clock.now())
    except CannotDecide as error:
        messages.error(request, str(error))
        return redirect("case", uuid=uuid)
    context = {
        "code": code,
        "case": case,
        "branch": case.office,
        "days": settings.PERSON_CODE_DAYS,
        "address": settings.PUBLIC_URL.partition("://")[2] + "/pekerja",
    }
    return render(request, "workers/person_paper.html", context)
