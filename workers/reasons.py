"""Why a case goes back or is refused: fixed codes, and the sentences people read.

A returned case bears one code per field (`Enrollment.reasons`), which the donor reads
beside that field; `case` stands for the whole case. No sentence may betray that a NIK
is known outside the donor's own rows (P8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WHOLE_CASE = "case"

Text = str | Promise

#: Field of the case: how it is called, and the reasons for which it may go back.
RETURN_REASONS: Mapping[str, tuple[Text, Mapping[str, Text]]] = {
    "nik": (
        _("NIK"),
        {
            "nik_differs": _("NIK tidak sama dengan KTP."),
            "nik_not_his": _("NIK ini bukan milik pekerja yang bernama itu."),
        },
    ),
    "name": (
        _("Nama"),
        {
            "name_differs": _("Nama tidak sama dengan KTP."),
            "name_incomplete": _("Nama belum lengkap."),
        },
    ),
    "birth_date": (
        _("Tanggal lahir"),
        {"birth_date_differs": _("Tanggal lahir tidak sama dengan KTP.")},
    ),
    "sex": (_("Jenis kelamin"), {"sex_differs": _("Jenis kelamin tidak sama dengan KTP.")}),
    "phone": (
        _("Nomor HP"),
        {
            "phone_unreachable": _("Nomor HP tidak dapat kami hubungi."),
            "phone_not_his": _("Nomor HP bukan milik pekerja atau keluarganya."),
        },
    ),
    "village": (
        _("Desa atau kelurahan"),
        {"village_differs": _("Pekerja tidak tinggal atau bekerja di sini.")},
    ),
    "occupation": (
        _("Pekerjaan"),
        {
            "occupation_unclear": _("Pekerjaannya belum jelas."),
            "occupation_differs": _("Pekerjaannya berbeda menurut pekerja."),
        },
    ),
    "relation": (
        _("Hubungan dengan Anda"),
        {"relation_unclear": _("Hubungan Anda dengan pekerja belum jelas.")},
    ),
    "consent": (
        _("Persetujuan pekerja"),
        {
            "consent_unreadable": _("Foto formulir tidak terbaca."),
            "consent_unsigned": _("Tanda tangan atau cap jempol belum ada."),
            "consent_not_his": _("Formulir ini atas nama orang lain."),
        },
    ),
    WHOLE_CASE: (
        _("Seluruh pendaftaran"),
        {
            "proof_of_work": _("Lampirkan surat desa bahwa pekerja masih bekerja."),
            "see_note": _("Baca catatan petugas."),
        },
    ),
}

#: Why a case is refused for good.
REJECT_REASONS: Mapping[str, Text] = {
    "too_old": _("Pekerja sudah berusia 65 tahun atau lebih."),
    "too_young": _("Pekerja belum cukup umur."),
    "employee": _("Pekerja menerima upah. Perusahaannya wajib mendaftarkannya."),
    "not_working": _("Pekerja tidak sedang bekerja."),
    "declined": _("Pekerja tidak bersedia didaftarkan."),
    "not_found": _("Pekerja dengan data ini tidak ditemukan."),
    "not_eligible": _("Pendaftaran belum memenuhi syarat. Cabang dapat menjelaskannya."),
}


@dataclass(frozen=True)
class Reason:
    """One reason as people read it: what it is about, and what is wrong."""

    field: str
    label: Text
    sentence: Text


def is_return_reason(field: str, code: str) -> bool:
    """Tell whether a code is one of those for which this field may go back."""
    return field in RETURN_REASONS and code in RETURN_REASONS[field][1]


def sentence_of(field: str, code: str) -> Text:
    """Return the sentence of a code; an unknown one, from older rows, sends to the branch."""
    known = RETURN_REASONS.get(field, ("", {}))[1].get(code)
    if known is None and field == WHOLE_CASE:
        known = REJECT_REASONS.get(code)
    return known if known is not None else _("Cabang dapat menjelaskannya.")


def read_reasons(reasons: Mapping[str, Any]) -> list[Reason]:
    """Turn `Enrollment.reasons` into what people read, in the order of the form."""
    return [
        Reason(field, RETURN_REASONS[field][0], sentence_of(field, str(reasons[field])))
        for field in _in_order(reasons)
    ]


def _in_order(fields: Iterable[str]) -> list[str]:
    return [field for field in RETURN_REASONS if field in fields]
