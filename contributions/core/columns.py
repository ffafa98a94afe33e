"""The columns of a file to BPJS and of its answer, and the words in which answers come."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NUMBER, LINE = "penyetoran", "baris"
RESULT, KPJ, RECEIPT, REASON = "hasil", "kpj", "bukti", "alasan"

#: What the portal tells of each line, and the field of `protocol.Line` that says it.
TOLD: Mapping[str, str] = {
    NUMBER: "",
    LINE: "line",
    "nik": "nik",
    "nama": "name",
    "tanggal_lahir": "birth_date",
    "bulan_iuran": "month",
    "berlaku_dari": "covered_from",
    "berlaku_sampai": "covered_until",
    "mulai_pukul": "starts_at",
    "jkk": "jkk",
    "jkm": "jkm",
    "jht": "jht",
}
#: What BPJS answers.
ANSWERED = (RESULT, KPJ, RECEIPT, REASON)
#: Headings that mean the same column, written as `plain_heading` leaves them.
ALIASES: Mapping[str, str] = {
    "nomor_penyetoran": NUMBER,
    "no_penyetoran": NUMBER,
    "remittance": NUMBER,
    "line": LINE,
    "no": LINE,
    "no_baris": LINE,
    "nomor_baris": LINE,
    "status": RESULT,
    "result": RESULT,
    "no_kpj": KPJ,
    "nomor_kpj": KPJ,
    "nomor_peserta": KPJ,
    "receipt": RECEIPT,
    "no_bukti": RECEIPT,
    "nomor_bukti": RECEIPT,
    "keterangan": REASON,
    "reason": REASON,
}
RESULTS: Mapping[str, bool] = {
    "diterima": True,
    "terima": True,
    "disahkan": True,
    "sah": True,
    "berhasil": True,
    "accepted": True,
    "ditolak": False,
    "tolak": False,
    "gagal": False,
    "rejected": False,
}
EXPLAINED: Mapping[str, str | Promise] = {
    RESULT: _("diterima atau ditolak; kosong bila belum dijawab"),
    KPJ: _("nomor peserta dari BPJS, sel berformat teks; wajib bila diterima"),
    RECEIPT: _("nomor bukti dari BPJS; wajib bila diterima"),
    REASON: _("alasan; wajib bila ditolak"),
}


def plain_heading(text: object) -> str:
    """Return the name of a column, whatever its heading looks like."""
    name = "_".join(str(text or "").replace("_", " ").replace(".", " ").casefold().split())
    return ALIASES.get(name, name)
