"""What the rules and the facts of the table of offices are called on pages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from regions.models import Area, Office
from regions.office_table import Change, Fault

Text = str | Promise

RULES: Mapping[str, Text] = {
    "name_or_city_missing": _("Nama dan kota kantor harus diisi."),
    "kanwil_below_an_office": _("Kantor wilayah tidak punya kantor induk."),
    "kc_in_the_wrong_place": _("Induk kantor cabang adalah kantor wilayah."),
    "kcp_in_the_wrong_place": _("Induk kantor cabang perintis adalah kantor cabang."),
    "closed_above_an_open_one": _("Kantor ini masih punya cabang yang buka. Pindahkan dulu."),
    "closed_kanwil_with_provinces": _("Kantor wilayah ini masih punya provinsi. Pindahkan dulu."),
    "province_of_a_branch": _("Provinsi hanya untuk kantor wilayah."),
    "regency_of_a_kanwil": _("Kantor wilayah tidak melayani kabupaten atau kota sendiri."),
    "exception_of_a_kanwil": _("Kantor wilayah tidak melayani kecamatan atau desa sendiri."),
    "closed_default": _("Kantor yang tutup tidak dapat menjadi kantor utama."),
    "closed_exception": _("Kantor yang tutup tidak dapat menerima kecamatan atau desa."),
    "two_defaults": _("Hanya satu kantor utama untuk satu kabupaten atau kota."),
    "no_default": _("Belum ada kantor utama untuk kabupaten atau kota ini."),
    "province_without_kanwil": _("Provinsi ini tidak akan punya kantor wilayah."),
    "regency_without_office": _(
        "Kabupaten atau kota ini tidak akan punya kantor. Pilih penggantinya dulu."
    ),
    "kind_stays": _("Kantor wilayah tidak dapat menjadi cabang, dan sebaliknya."),
}

FIELDS: Mapping[str, Text] = {
    "name": _("Nama"),
    "kind": _("Jenis"),
    "parent": _("Kantor induk"),
    "city": _("Kota"),
    "address": _("Alamat"),
    "phone": _("Telepon"),
    "is_open": _("Buka"),
    "province": _("Provinsi"),
    "regency": _("Kabupaten atau kota"),
    "exception": _("Pengecualian"),
}

VALUES: Mapping[str, Text] = {
    "yes": _("ya"),
    "no": _("tidak"),
    "default": _("kantor utama"),
    "default_unset": _("kantor utama, belum diatur"),
    "serves": _("melayani"),
    "serves_unset": _("melayani, belum diatur"),
    **{kind.value: kind.label for kind in Office.Kind},
}
#: Facts whose value is a word of the portal, not of people.
_WORDED = ("kind", "is_open", "province", "regency", "exception")


def place_names(codes: set[str]) -> dict[str, str]:
    """Name areas for people, in one query; a code that nobody knows is its own name."""
    known = Area.objects.filter(code__in=codes).values_list("code", "full_name")
    return {**{code: code for code in codes}, **dict(known)}


def say_fault(fault: Fault, names: Mapping[str, str]) -> str:
    """Write the sentence of a broken rule, with the office and the place it is about."""
    place = names.get(fault.area, fault.area)
    about = ", ".join(part for part in (fault.office, place) if part)
    return f"{about}: {RULES[fault.rule]}" if about else str(RULES[fault.rule])


def say_value(change: Change, value: str) -> Text:
    """Write a value of a change; empty for "was not" and "will not be"."""
    return VALUES.get(value, value) if change.what in _WORDED else value
