"""The two logs as files that a spreadsheet opens; they bear nothing personal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bricks.clock import JAKARTA
from bricks.tables import write_table
from workers.log_selectors import Act, Look


def looks_file(looks: Iterable[Look]) -> str:
    """Write rows of the view log."""
    heads = [
        _("Waktu (WIB)"),
        _("Siapa"),
        _("Apa yang dilihat"),
        _("Nomor"),
        _("Alasan"),
        _("Kantor"),
        _("Permintaan"),
    ]
    return write_table(heads, map(_look_cells, looks))


def acts_file(acts: Iterable[Act]) -> str:
    """Write rows of the audit log."""
    heads = [
        _("Waktu (WIB)"),
        _("Siapa"),
        _("Tindakan"),
        _("Nomor"),
        _("Sebelum"),
        _("Sesudah"),
        _("Kantor"),
        _("Permintaan"),
    ]
    return write_table(heads, map(_act_cells, acts))


def _look_cells(look: Look) -> Sequence[str]:
    row = look.row
    return [
        _instant(row.at),
        look.viewer,
        str(look.what),
        str(look.subject.label),
        str(look.reason),
        row.office.name if row.office else "",
        row.request_id,
    ]


def _act_cells(act: Act) -> Sequence[str]:
    row = act.row
    return [
        _instant(row.at),
        act.actor,
        str(act.action),
        str(act.subject.label),
        "; ".join(f"{told.label}: {told.before}" for told in act.details if told.before),
        "; ".join(f"{told.label}: {told.after}" for told in act.details if told.after),
        row.office.name if row.office else "",
        row.request_id,
    ]


def _instant(instant: datetime) -> str:
    return instant.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S")
