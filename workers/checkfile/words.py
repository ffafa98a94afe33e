"""The answer to one line as people read it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bricks.templatetags.house import tanggal_singkat
from workers.checkfile.answers import Answers

IDENTITIES: Mapping[str, str | Promise] = {
    "match": gettext_lazy("cocok"),
    "no_match": gettext_lazy("tidak cocok"),
    "not_found": gettext_lazy("tidak ditemukan"),
}


def said(answer: Mapping[str, Any], *, kpj: bool = False) -> str:
    """Put what a line answers into a few words; a KPJ is told of, not shown."""
    words = [str(IDENTITIES[answer["identity"]])] if "identity" in answer else []
    if answer.get("member_until"):
        words.append(_("aktif sampai %s") % _day(answer["member_until"]))
    if answer.get("employee"):
        words.append(_("penerima upah (PU)"))
    if answer.get("dead"):
        on = answer.get("dead_on")
        words.append(_("meninggal %s") % _day(on) if on else _("meninggal"))
    if kpj:
        words.append(_("KPJ ada"))
    return ", ".join(words) or _("tidak ada catatan")


def _day(iso: str) -> str:
    return tanggal_singkat(date.fromisoformat(iso))


def preview_rows(found: Answers, most: int = 20) -> list[tuple[int, str]]:
    """The first lines of a file that came back, by their number, in words."""
    return [(line.number, said(line.answer, kpj=bool(line.kpj))) for line in found.lines[:most]]
