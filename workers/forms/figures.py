"""What is asked of the pages of figures and of work in hand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from regions.models import Office
from workers import figure_selectors
from workers.figure_selectors import SPAN_NAMES


class FigureForm(forms.Form):
    """Weeks or months, one office or all."""

    per = forms.ChoiceField(label=_("Dilihat"), choices=[*SPAN_NAMES.items()], required=False)
    kantor = forms.ChoiceField(label=_("Kantor"), required=False)

    def __init__(self, *args: Any, offices: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Semua")), *((office.code, office.name) for office in offices)]
        self.fields["kantor"].choices = choices  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """From whose hands, into whose; nobody means back into the queue."""

    dari = forms.ModelChoiceField(queryset=User.objects.none())
    ke = forms.ModelChoiceField(queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, supervisor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = figure_selectors.desk_people(supervisor)
        self.fields["ke"].queryset = people  # type: ignore[attr-defined]
        holders = figure_selectors.holders(supervisor)
        self.fields["dari"].queryset = holders  # type: ignore[attr-defined]
