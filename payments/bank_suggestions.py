"""What a line of money in may be, the likeliest first, each with its reason in words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Q
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from bricks.rupiah import format_rupiah
from donors.models import Donor
from payments.models import BankLine, BankMatch, Invoice
from payments.services.matching import Part
from payments.transfers import numbers_in

ALIKE = 75
MOST_INVOICES = 5_000
MOST_OF_DONOR = 12
LARGEST_SUM = 4
SHOWN = 6
#: Below every open invoice: its money would buy nothing.
CLOSED = 20


@dataclass(frozen=True)
class Suggestion:
    """Invoices with the rupiah that each would get, and why; the highest score first."""

    parts: tuple[Part, ...]
    why: str
    score: int

    @property
    def donor(self) -> Donor:
        """Whose invoices they are."""
        return self.parts[0][0].donor


def in_reach(office_id: int) -> Q:
    """The invoices whose money may come to an account of this office: of it and those below."""
    return Q(office=office_id) | Q(office__parent=office_id) | Q(office__parent__parent=office_id)


def suggest(lines: Iterable[BankLine]) -> dict[int, list[Suggestion]]:
    """Return the suggestions for each line of money in, by its id."""
    found: dict[int, list[Suggestion]] = {}
    by_office = defaultdict(list)
    for line in lines:
        if line.side == BankLine.Side.IN and line.allocated < line.amount:
            by_office[line.account.office_id].append(line)
    for office_id, rows in by_office.items():
        known = _known(office_id, rows)
        found |= {line.pk: _for_line(line, known) for line in rows}
    return found


@dataclass(frozen=True)
class _Known:
    """What the lines of one office's accounts are compared with, read once for all of them."""

    of_organisations: list[Invoice]
    by_number: dict[str, Invoice]
    by_total: dict[int, list[Invoice]]
    #: Donors whom earlier lines of an account and reference paid for.
    by_reference: dict[tuple[int, str], set[int]]


def _known(office_id: int, lines: Sequence[BankLine]) -> _Known:
    near = Invoice.everything.filter(in_reach(office_id)).select_related("donor")
    still_open = near.filter(status=Invoice.Status.OPEN).order_by("due_on", "pk")
    numbers = {number for line in lines for number in numbers_in(_text(line))}
    by_total: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in still_open.filter(total__in={_left(line) for line in lines})[:MOST_INVOICES]:
        by_total[invoice.total].append(invoice)
    references: dict[tuple[int, str], set[int]] = defaultdict(set)
    matches = BankMatch.objects.filter(
        line__account__in={line.account_id for line in lines},
        line__reference__in={line.reference for line in lines if line.reference},
    )
    for account, reference, donor in matches.values_list(
        "line__account", "line__reference", "invoice__donor"
    ):
        references[account, reference].add(donor)
    return _Known(
        list(still_open.exclude(donor__kind=Donor.Kind.PERSON)[:MOST_INVOICES]),
        {invoice.number: invoice for invoice in near.filter(number__in=numbers)},
        by_total,
        references,
    )


def _for_line(line: BankLine, known: _Known) -> list[Suggestion]:
    left, text = _left(line), _text(line)
    found = [
        *_by_code(text, known, left),
        *_by_amount(text, known, left),
        *_by_sum(text, known, left),
        *_by_reference(line, known, left),
        *_by_name(text, known, left),
    ]
    best: dict[tuple[int, ...], Suggestion] = {}
    for one in sorted(found, key=lambda s: -s.score):
        best.setdefault(tuple(sorted(invoice.pk for invoice, _amount in one.parts)), one)
    return list(best.values())[:SHOWN]


def _text(line: BankLine) -> str:
    return f"{line.description} {line.reference}"


def _left(line: BankLine) -> int:
    return line.amount - line.allocated


def _by_code(text: str, known: _Known, left: int) -> list[Suggestion]:
    found = []
    for number in numbers_in(text):
        invoice = known.by_number.get(number)
        if invoice is None:
            continue
        told = {"total": format_rupiah(invoice.total), "status": invoice.get_status_display()}
        if invoice.status != Invoice.Status.OPEN:
            why, score = _("Kode transfer ada; tagihannya sudah: %(status)s.") % told, CLOSED
            found += _still_asked(invoice, known, left)
        elif invoice.total == left:
            why, score = _("Kode transfer dan jumlah cocok."), 100
        else:
            why, score = _("Kode transfer ada; jumlahnya beda dari %(total)s.") % told, 90
        found.append(Suggestion(((invoice, min(invoice.total, left)),), why, score))
    return found


def _still_asked(closed: Invoice, known: _Known, left: int) -> list[Suggestion]:
    """The same donor's open invoices: a later instalment bears the first invoice's code."""
    why = _("Kodenya dari tagihan lain donatur ini, yang sudah ditutup.")
    return [
        Suggestion(((invoice, min(invoice.total, left)),), why, 85 + (invoice.total == left))
        for invoice in known.of_organisations
        if invoice.donor_id == closed.donor_id
    ]


def _by_amount(text: str, known: _Known, left: int) -> list[Suggestion]:
    found = []
    for invoice in known.by_total.get(left, []):
        alike = _alike(invoice.donor.name, text)
        if alike >= ALIKE:
            why = _("Jumlah sama dan nama donatur mirip.")
            found.append(Suggestion(((invoice, left),), why, 80 + alike // 20))
        else:
            found.append(Suggestion(((invoice, left),), _("Jumlah sama."), 40))
    return found


def _by_sum(text: str, known: _Known, left: int) -> list[Suggestion]:
    """Several open invoices of one donor that sum to the line."""
    by_donor: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in known.of_organisations:
        by_donor[invoice.donor_id].append(invoice)
    found = []
    for rows in by_donor.values():
        chosen = _summing(rows, left)
        if chosen:
            why = _("%(n)d tagihan donatur ini berjumlah sama.") % {"n": len(chosen)}
            score = 75 + _alike(rows[0].donor.name, text) // 20
            found.append(Suggestion(tuple((i, i.total) for i in chosen), why, score))
    return found


def _summing(rows: Sequence[Invoice], left: int) -> tuple[Invoice, ...]:
    if len(rows) > 1 and sum(row.total for row in rows) == left:
        return tuple(rows)
    for size in range(2, LARGEST_SUM + 1):
        for chosen in combinations(rows[:MOST_OF_DONOR], size):
            if sum(row.total for row in chosen) == left:
                return chosen
    return ()


def _by_reference(line: BankLine, known: _Known, left: int) -> list[Suggestion]:
    """Open invoices of whom an earlier line of the same reference (SP2D) paid for."""
    donors = known.by_reference.get((line.account_id, line.reference), set())
    why = _("Nomor referensi (SP2D) sudah pernah dicocokkan dengan donatur ini.")
    return [
        Suggestion(((invoice, min(invoice.total, left)),), why, 60)
        for invoice in known.of_organisations
        if invoice.donor_id in donors
    ]


def _by_name(text: str, known: _Known, left: int) -> list[Suggestion]:
    why = _("Nama donatur mirip; jumlahnya beda.")
    return [
        Suggestion(((invoice, min(invoice.total, left)),), why, 30)
        for invoice in known.of_organisations
        if invoice.total != left and _alike(invoice.donor.name, text) >= ALIKE
    ]


def _alike(name: str, text: str) -> int:
    """Say from 0 to 100 how much of a donor's name stands in a text."""
    return int(fuzz.partial_token_sort_ratio(name.casefold(), text.casefold()))
