"""Data in, PDF out: the one place that calls typst.

What people have written reaches a template as data only, never as its source, so no
name can be read as markup. The same data give the same bytes: no clock, no system font.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from regions.models import Office

FOLDER = Path(__file__).parent / "typ"
#: One compiler a process: it keeps the fonts and what it has laid out before.
_compiler = typst.Compiler(root=str(FOLDER), ignore_system_fonts=True)
_one_at_a_time = Lock()


class PrinterBusy(Exception):
    """Others' papers were not ready in the time that this one could wait."""


def pdf(template: str, data: Mapping[str, Any], *, wait: int = -1) -> bytes:
    """Lay out data by `typ/<template>.typ` as a tagged PDF.

    `wait` is for how many seconds others' papers are waited for, -1 without end. Raises
    PrinterBusy.
    """
    if not _one_at_a_time.acquire(timeout=wait):
        raise PrinterBusy
    try:
        made = _compiler.compile(
            input=str(FOLDER / f"{template}.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=0,
        )
    finally:
        _one_at_a_time.release()
    if not isinstance(made, bytes):
        raise TypeError("typst made no single file")
    return made


def frame(*, title: str, office: Office | None, state: str, tells_cover: bool) -> dict[str, Any]:
    """What every paper says: its title, who runs the portal, the branch, 175 (P46).

    `state` says as of when the paper speaks; one that tells of cover names a sandbox core.
    """
    return {
        "lang": (get_language() or "id")[:2],
        "title": title,
        "portal": _("SERTAKAN"),
        "operator": _with(settings.OPERATOR_NAME, settings.OPERATOR_PHONE),
        "branch": _branch(office) if office else [],
        "helpline": _("Bertanya? Telepon 175. Kami tidak pernah meminta PIN atau OTP."),
        "page": _("Halaman"),
        "state": state,
        "trial": _("Pengesahan di sini datang dari sistem uji (sandbox).")
        if tells_cover and settings.CORE_SYSTEM == "sandbox"
        else "",
    }


def _branch(office: Office) -> list[str]:
    phone = _("Telepon %(number)s") % {"number": office.phone} if office.phone else ""
    return [part for part in (office.name, office.address, phone) if part]


def qr_svg(address: str) -> str:
    """Draw an address as a QR code.

    The mask is fixed: choosing the prettiest of eight takes most of the time, and any is read.
    """
    drawn = segno.make(address, error="m", micro=False, mask=2)
    svg = BytesIO()
    drawn.save(svg, kind="svg", xmldecl=False, nl=False, border=2, dark="#10302b")
    return svg.getvalue().decode()


def _with(name: str, phone: str) -> str:
    return f"{name} · {phone}" if phone else name
