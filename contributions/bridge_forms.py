"""What people fill in to open and close the bridge fund, and to book its money."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from bricks.widgets import DateText
from contributions.models import BridgeFund, BridgeReceipt
from regions.models import Office


class BasisForm(forms.Form):
    """The legal basis, as it stands in its document."""

    legal_basis = forms.CharField(
        label=_("Dasar hukum"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Apa isinya, dan siapa yang menetapkan."),
    )
    document_number = forms.CharField(
        label=_("Nomor dokumen"),
        max_length=BridgeFund._meta.get_field("document_number").max_length,
    )
    document_date = forms.DateField(
        label=_("Tanggal dokumen"), widget=DateText, help_text=_("HH-BB-TTTT")
    )
    office = forms.ModelChoiceField(
        label=_("Kantor yang bertanggung jawab"), queryset=Office.objects.order_by("name")
    )


class CloseForm(forms.Form):
    """Why the fund is closed, or the proposal withdrawn."""

    reason = forms.CharField(
        label=_("Alasan"), max_length=BridgeFund._meta.get_field("close_reason").max_length
    )


class ReceiveForm(forms.Form):
    """Whose money a bank line is; `seen` is what was allocated of it when it was shown."""

    source = forms.CharField(
        label=_("Dari siapa, untuk apa"),
        max_length=BridgeReceipt._meta.get_field("source").max_length,
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class TakeBackForm(forms.Form):
    """How much of a receipt leaves the fund again; `seen` is what had left it before."""

    amount = RupiahField(label=_("Jumlah"))
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
