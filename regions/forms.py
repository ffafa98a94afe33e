"""The village field: a search by name, with the lists from province down as a fallback.

It works in three ways, each on top of the one before. Without JavaScript its "Cari"
button submits the form, and `VillageSearchMixin` shows it again with the villages
found and without a single error. With htmx (`partials/htmx.html` in the page's head)
the villages come while typing. With `{{ form.media }}` the Enter key searches too.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from regions import picker, selectors
from regions.models import Area


@dataclass(frozen=True)
class VillageAnswer:
    """What a picker sent: the chosen village, the typed text, the opened list."""

    code: str = ""
    text: str = ""
    area: str = ""
    is_searching: bool = False


def _answer(value: Any) -> VillageAnswer:
    """Read an initial value (a code, an Area or nothing) as an answer."""
    if isinstance(value, VillageAnswer):
        return value
    code = value.pk if isinstance(value, Area) else value
    return VillageAnswer(code=str(code or ""))


class VillageWidget(forms.Widget):
    """The picker as part of a form; the names it uses are told in `regions.picker`."""

    template_name = "regions/village_widget.html"
    use_fieldset = True

    class Media:
        js: ClassVar = [forms.widgets.Script("js/villages.js", defer=True)]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> VillageAnswer:
        return VillageAnswer(
            code=str(data.get(name) or "").strip(),
            text=str(data.get(name + picker.TEXT) or "").strip(),
            area=picker.deepest(picker.values(data, name + picker.AREA)),
            is_searching=name + picker.SEARCH in data,
        )

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and name + picker.TEXT not in data

    def use_required_attribute(self, initial: Any) -> bool:
        # The text may stay empty where a village is chosen; the server knows.
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        answer = _answer(value)
        is_open = bool(answer.area)
        looks = answer.text and (answer.is_searching or not answer.code)
        return {
            **context,
            "name": name,
            "results": (
                picker.find(answer.text, code=answer.code)
                if looks
                else picker.keep(answer.text, code=answer.code)
            ),
            "cascade": picker.cascade(answer.area),
            "cascade_is_open": is_open,
        }


class VillageField(forms.Field):
    """A village by its code. Cleans to the code, "" where it may stay empty."""

    widget = VillageWidget
    default_error_messages: ClassVar = {
        "required": _("Cari desa atau kelurahan, lalu pilih."),
        "not_chosen": _("Pilih satu desa atau kelurahan dari daftar."),
        "not_found": _(
            "Desa ini tidak ditemukan. Coba nama lain, atau pilih dari daftar provinsi."
        ),
        "unknown": _("Desa ini tidak ada dalam daftar kami. Cari lagi namanya."),
    }

    def clean(self, value: Any) -> str:
        answer = _answer(value)
        if answer.code:
            if selectors.find_village(answer.code) is None:
                raise ValidationError(self.error_messages["unknown"], code="unknown")
            return answer.code
        if answer.text:
            found = selectors.search_villages(text=answer.text, limit=1)
            reason = "not_chosen" if found else "not_found"
            raise ValidationError(self.error_messages[reason], code=reason)
        if answer.area:
            raise ValidationError(self.error_messages["not_chosen"], code="not_chosen")
        if self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        before, after = _answer(initial), _answer(data)
        return before.code != after.code or bool(not after.code and (after.text or after.area))


class VillageSearchMixin(forms.BaseForm):
    """For forms with a VillageField, also in a formset: a search is no attempt to send.

    When a picker's button was pressed, in this form or in another of the same page,
    the form is not valid and has no errors: the view shows it again as it was typed.
    """

    @property
    def is_searching(self) -> bool:
        """Whether a picker's button, not the form's own, was pressed."""
        return self.is_bound and any(key.endswith(picker.SEARCH) for key in self.data)

    def is_valid(self) -> bool:
        return not self.is_searching and super().is_valid()

    def full_clean(self) -> None:
        if self.is_searching:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
            return
        super().full_clean()
