"""Answers that the real systems would give, made up from the end of the NIK.

Only the demo uses it, and every page that shows its word says that it is a sandbox. The
endings 98 and 99 belong to the sandbox of BPJS's core that takes paid months
(`contributions.core.sandbox`). The rules, so that people can try each case:

=====  ==============================  =================================================
end    civil registry                  core system
=====  ==============================  =================================================
97     tidak cocok                     (not a member)
96     cocok, meninggal                cocok, meninggal
95     cocok                           cocok, karyawan aktif (PU)
94     cocok                           cocok, aktif sampai 60 hari lagi, dengan KPJ
93     tidak ditemukan                 (not a member)
92     cocok                           cocok, aktif sampai 60 hari lalu, dengan KPJ
91     (no answer)                     (no answer)
other  cocok                           tidak ditemukan: not a member
=====  ==============================  =================================================
"""

from collections.abc import Sequence
from datetime import date, timedelta

from bricks.secrets import blind_index
from bricks.tables import write_table
from workers.checkfile import columns as c
from workers.checkfile.answers import SANDBOX
from workers.checkfile.writing import Row
from workers.models import CheckBatch

AROUND = timedelta(days=60)

_REGISTRY = {
    "97": {c.IDENTITY: "tidak cocok"},
    "96": {c.IDENTITY: "cocok", c.DEAD: "ya"},
    "93": {c.IDENTITY: "tidak ditemukan"},
    "91": {},
}


def answer_file(rows: Sequence[Row], *, target: str, today: date) -> bytes:
    """Write the answers to the lines of a batch as the CSV that would come back."""
    asked = c.ASKED[target]
    lines = []
    for row in rows:
        said = _registry(row) if target == CheckBatch.Target.REGISTRY else _core(row, today)
        answers = [said.get(name, "") for name in asked]
        lines.append([row.number, row.case_number, *answers, SANDBOX])
    return write_table([c.LINE, c.CASE, *asked, c.SOURCE], lines).encode()


def _registry(row: Row) -> dict[str, str]:
    return _REGISTRY.get(row.nik[-2:], {c.IDENTITY: "cocok", c.DEAD: "tidak"})


def _core(row: Row, today: date) -> dict[str, str]:
    end, known = row.nik[-2:], {c.IDENTITY: "cocok", c.EMPLOYEE: "tidak", c.DEAD: "tidak"}
    match end:
        case "96":
            return {**known, c.DEAD: "ya"}
        case "95":
            return {**known, c.EMPLOYEE: "ya", c.KPJ: _kpj(row.nik)}
        case "94":
            return {**known, c.UNTIL: f"{today + AROUND:%d-%m-%Y}", c.KPJ: _kpj(row.nik)}
        case "92":
            return {**known, c.UNTIL: f"{today - AROUND:%d-%m-%Y}", c.KPJ: _kpj(row.nik)}
        case "91":
            return {}
    return {c.IDENTITY: "tidak ditemukan"}


def _kpj(nik: str) -> str:
    """Return the number that the other sandbox of the core tells for this NIK too."""
    return f"{int(blind_index(nik, purpose='sandboxcore.kpj')[:12], 16) % 10**11:011}"
