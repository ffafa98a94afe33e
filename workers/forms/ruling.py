"""What an officer says about two people who look like one."""

from django import forms

from workers.models import DuplicateRuling


class RulingForm(forms.Form):
    """One pair and the word on it; `former` is the word that stood there before."""

    twin = forms.RegexField(r"^(worker|case)-[0-9]{1,15}$", max_length=30)
    verdict = forms.ChoiceField(choices=DuplicateRuling.Verdict.choices)
    former = forms.ChoiceField(choices=[("", ""), *DuplicateRuling.Verdict.choices], required=False)
