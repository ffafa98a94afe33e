"""The forms of the plan of reminders."""

from django import forms
from django.utils.translation import gettext_lazy as _

from contributions.models import ReminderStep


class StepForm(forms.Form):
    """How many days before or after, and whether the step is on."""

    side = forms.ChoiceField(
        label=_("Kapan"),
        choices=[("before", _("hari sebelumnya")), ("after", _("hari sesudahnya"))],
        widget=forms.RadioSelect,
    )
    count = forms.IntegerField(
        label=_("Berapa hari"),
        help_text=_("0 berarti pada harinya."),
        min_value=0,
        max_value=120,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    is_active = forms.BooleanField(label=_("Langkah ini menyala"), required=False)

    @classmethod
    def of(cls, step: ReminderStep) -> "StepForm":
        """Return the form as the step is now."""
        side = "after" if step.days > 0 else "before"
        return cls(initial={"side": side, "count": abs(step.days), "is_active": step.is_active})

    @property
    def days(self) -> int:
        """Days after the day that counts; before it negative. Of a valid form."""
        count: int = self.cleaned_data["count"]
        return -count if self.cleaned_data["side"] == "before" else count


class ReleaseForm(forms.Form):
    """Why the workers of a programme may be written to."""

    reason = forms.CharField(label=_("Alasan"), max_length=200)
