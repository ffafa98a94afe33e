"""The branch's word on two people who look like one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bricks import clock
from workers.desk_access import StaffRequest, branch_only, desk_case_for
from workers.forms.ruling import RulingForm
from workers.services import ruling
from workers.services.holding import CannotDecide


@branch_only
@require_POST
def case_rule(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Keep the officer's word on a likely twin of a case that he holds."""
    enrollment = desk_case_for(request.user, uuid)
    form = RulingForm(request.POST)
    if not form.is_valid():
        messages.warning(request, str(ruling.NoSuchPair()))
        return redirect("case", uuid=uuid)
    try:
        said = ruling.rule(
            enrollment=enrollment, officer=request.user, now=clock.now(), **form.cleaned_data
        )
    except CannotDecide as refusal:
        messages.warning(request, str(refusal))
    else:
        told = {"verdict": said.get_verdict_display()}
        messages.success(request, _("Dicatat: %(verdict)s. Tidak ditanyakan lagi.") % told)
    return redirect("case", uuid=uuid)
