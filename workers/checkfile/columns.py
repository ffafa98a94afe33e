"""The columns of a check file and of its answer, and the words in which answers come."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workers.models import CheckBatch

LINE, CASE, SOURCE = "baris", "kasus", "sumber"
IDENTITY, UNTIL, EMPLOYEE = "identitas", "aktif_sampai", "karyawan"
DEAD, DEAD_ON, KPJ = "meninggal", "tanggal_meninggal", "kpj"

#: What the portal tells about each case.
TOLD = (LINE, CASE, "nik", "nama", "tanggal_lahir", "jenis_kelamin")
#: What is asked, by target.
ASKED: Mapping[str, tuple[str, ...]] = {
    CheckBatch.Target.CORE: (IDENTITY, UNTIL, EMPLOYEE, DEAD, DEAD_ON, KPJ),
    CheckBatch.Target.REGISTRY: (IDENTITY, DEAD, DEAD_ON),
}
#: Headings that mean the same column, written as `plain_heading` leaves them.
ALIASES: Mapping[str, str] = {
    "line": LINE,
    "no": LINE,
    "no_baris": LINE,
    "nomor_baris": LINE,
    "case": CASE,
    "no_kasus": CASE,
    "nomor_kasus": CASE,
    "identity": IDENTITY,
    "hasil": IDENTITY,
    "member_until": UNTIL,
    "peserta_aktif_sampai": UNTIL,
    "employee": EMPLOYEE,
    "employee_active": EMPLOYEE,
    "pu_aktif": EMPLOYEE,
    "penerima_upah": EMPLOYEE,
    "dead": DEAD,
    "dead_on": DEAD_ON,
    "tgl_meninggal": DEAD_ON,
    "date_of_death": DEAD_ON,
    "source": SOURCE,
}
IDENTITIES: Mapping[str, str] = {
    "match": "match",
    "cocok": "match",
    "sesuai": "match",
    "sama": "match",
    "no match": "no_match",
    "mismatch": "no_match",
    "tidak cocok": "no_match",
    "tidak sesuai": "no_match",
    "berbeda": "no_match",
    "beda": "no_match",
    "not found": "not_found",
    "tidak ditemukan": "not_found",
    "tidak ada": "not_found",
    "nihil": "not_found",
}
YES_NO: Mapping[str, bool] = {
    "ya": True,
    "y": True,
    "yes": True,
    "true": True,
    "1": True,
    "tidak": False,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
#: How each answer's column is to be filled in; stands on the second sheet of the file.
EXPLAINED: Mapping[str, str | Promise] = {
    IDENTITY: _("cocok, tidak cocok, atau tidak ditemukan"),
    UNTIL: _("tanggal terakhir iuran dibayar sumber lain, HH-BB-TTTT; kosong bila tidak aktif"),
    EMPLOYEE: _("ya bila aktif sebagai penerima upah (PU), selain itu tidak"),
    DEAD: _("ya bila tercatat meninggal, selain itu tidak"),
    DEAD_ON: _("tanggal meninggal, HH-BB-TTTT; boleh kosong"),
    KPJ: _("nomor peserta, sel berformat teks; boleh kosong"),
}


def plain_heading(text: object) -> str:
    """Return the name of a column, whatever its heading looks like."""
    name = "_".join(str(text or "").replace("_", " ").replace(".", " ").casefold().split())
    return ALIASES.get(name, name)
