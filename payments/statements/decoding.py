"""From the bytes of an upload to text: encodings that banks use, and what is no text at all."""

import codecs
import re

from django.utils.translation import gettext as _

from payments.statements.base import MOST_BYTES, BadStatement

_KNOWN = {
    b"PK\x03\x04": "Excel",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(content: bytes) -> str:
    """Read an upload as text with `\\n` at the ends of lines. Raises BadStatement."""
    if len(content) > MOST_BYTES:
        raise BadStatement(_("Berkas terlalu besar. Paling besar 5 MB."))
    for start, kind in _KNOWN.items():
        if content.startswith(start):
            sentence = _("Ini berkas %(kind)s. Unduh lagi sebagai CSV.")
            raise BadStatement(sentence % {"kind": kind})
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    # Some banks end their files with the mark of old systems.
    text = text.rstrip("\x1a \n") + "\n"
    if _CONTROL.search(text):
        raise BadStatement(_("Berkas ini bukan teks. Unduh mutasi sebagai CSV atau MT940."))
    if not text.strip():
        raise BadStatement(_("Berkas ini kosong."))
    return text


def _decoded(content: bytes) -> str:
    encodings = ["utf-16"] if content.startswith(_WIDE) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadStatement(_("Huruf berkas tidak terbaca. Unduh lagi dari bank."))
