"""Telling donors of a renewal: one message each, about all its invoices and all that their
money has bought."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bricks.engine import is_postgres
from bricks.rupiah import format_rupiah
from contributions import renewal_sql as sql
from contributions.credit_letters import spent_letter
from contributions.letters import SHOWN, Bought, Letter
from contributions.links import pay_url
from contributions.models import CreditUse, RenewalAsk, RenewalChunk, RenewalRun, SelfPayer
from contributions.price_changes import sentences
from contributions.services.renewal_dearer import Changes, changes_of
from contributions.services.renewal_plan import select
from donors.telling import DonorLetter, tell_donors
from payments.models import Account, Balance, Invoice
from workers.person_selectors import short_name
from workers.services.telling import tell_worker

#: Donors a step.
DONORS, DONORS_SQLITE = 500, 50
#: Whose money: a programme's fund, else the donor's credit.
Owner = tuple[bool, int]


@dataclass
class Spent:
    """What a credit or fund bought in a run: rupiah, workers, and the first of them."""

    left: int
    amount: int = 0
    workers: int = 0
    lines: list[Bought] = field(default_factory=list)
    dearer: Changes = field(default_factory=Counter)


@dataclass
class Asked:
    """An invoice of a run, for so many workers, `dearer` some."""

    invoice: Invoice
    workers: int
    dearer: Changes


def tell(run: RenewalRun, now: datetime, *, whole: bool = False) -> bool:
    """Tell the next donors of a chunk that is worked off and that nobody holds; False where
    there is none. With `whole`, only of chunks that share no donor with another one.

    A donor is told once a run, whatever dies meanwhile. Several tell side by side on
    PostgreSQL; one of a chunk at a time.
    """
    with transaction.atomic():
        waiting = RenewalChunk.objects.filter(
            run=run, finished_at__isnull=False, told_at__isnull=True
        )
        if whole:
            waiting = waiting.filter(programme_id=None)
        held = waiting.order_by("number").select_for_update(skip_locked=is_postgres(connection))
        chunk = held.first()
        if chunk is None:
            return False
        donors = _donors_to_tell(chunk)
        if donors:
            _tell(run, donors, now)
            chunk.told_to = donors[-1]
        if len(donors) < _at_once():
            chunk.told_at = now
        chunk.save(update_fields=["told_to", "told_at"])
    return True


def _at_once() -> int:
    return DONORS if is_postgres(connection) else DONORS_SQLITE


def _donors_to_tell(chunk: RenewalChunk) -> list[int]:
    """The next donors of a chunk who were asked for something. Of a donor whose lines are cut
    into several chunks the first of them tells, when all are worked off."""
    siblings = RenewalChunk.objects.filter(
        run=chunk.run_id,
        number__lt=chunk.number,
        last_donor=chunk.first_donor,
        programme_id__isnull=False,
    )
    if chunk.programme_id is not None and siblings.exists():
        return []
    asks = RenewalAsk.objects.filter(
        run=chunk.run_id,
        donor__gte=max(chunk.first_donor, chunk.told_to + 1),
        donor__lte=chunk.last_donor,
    )
    return list(asks.order_by("donor").values_list("donor", flat=True).distinct()[: _at_once()])


def _tell(run: RenewalRun, donors: Sequence[int], now: datetime) -> None:
    """Put a message to each payer of these donors into the outbox."""
    asks = RenewalAsk.objects.filter(run=run, donor__in=donors)
    # Not the lines of a use: there may be thousands, and a letter names a few.
    asks = asks.select_related("invoice", "use").defer("use__lines")
    rows = list(asks.order_by("donor", "pk"))
    dearer = changes_of(row.dearer for row in rows)
    bought = spent_of([pair for pair in zip(rows, dearer, strict=True) if pair[0].use])
    told: dict[int, list[Asked]] = {donor: [] for donor in donors}
    for row, changes in zip(rows, dearer, strict=True):
        if row.invoice is not None:
            told[row.donor_id].append(Asked(row.invoice, row.workers, changes))
    tell_donors(
        [
            DonorLetter(
                donor_id=donor,
                key=f"renewal_run:{run.pk}:{donor}",
                kind="renewal_invoice" if told[donor] else "credit_spent",
                text=partial(_text, told[donor], bought.get(donor, [])),
            )
            for donor in donors
        ],
        now=now,
    )
    for own in SelfPayer.objects.filter(donor__in=donors).select_related("worker"):
        _tell_self_payer(run, own, told[own.donor_id], bought.get(own.donor_id, []), now)


def _tell_self_payer(
    run: RenewalRun, own: SelfPayer, asked: Sequence[Asked], bought: Sequence[Spent], now: datetime
) -> None:
    """Write to the phone of a worker who pays for himself: nobody signs in as his donor.
    No amount stands in the first two lines (P45)."""
    with translation.override("id"):
        lines = [_text([], bought, None)[1]] if bought else []
        if asked:
            lines += [
                _("Perlindungan akan segera berakhir. Silakan perpanjang."),
                *(
                    _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(one.invoice)}
                    for one in asked
                ),
                *(_demand(one) for one in asked),
                *(sentence for one in asked for sentence in sentences(one.dearer)),
            ]
        lines.append(_("Gratis bertanya ke 175. Kami tidak pernah meminta PIN atau OTP."))
    tell_worker(
        worker=own.worker,
        key=f"renewal_run:{run.pk}:own:{own.pk}",
        kind="renewal_invoice" if asked else "credit_spent",
        body="\n".join(lines),
        now=now,
    )


def _text(asked: Sequence[Asked], bought: Sequence[Spent], _user: Any) -> Letter:
    letters = [_spent(spent) for spent in bought]
    if asked:
        letters.insert(0, _asked(asked, is_alone=not bought))
    return letters[0][0], "\n\n".join(body for _subject, body in letters)


def _asked(asked: Sequence[Asked], *, is_alone: bool) -> Letter:
    parts = [_("Perlindungan akan segera berakhir. Silakan perpanjang.")]
    for one in asked:
        parts += [
            _demand(one),
            *sentences(one.dearer),
            _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(one.invoice)},
        ]
    if is_alone:
        parts.append(_("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."))
    return _("Perpanjangan perlindungan"), "\n".join(parts)


def _demand(one: Asked) -> str:
    return _("Untuk %(workers)s pekerja, jumlah %(total)s. Tagihan nomor %(number)s.") % {
        "workers": one.workers,
        "total": format_rupiah(one.invoice.total),
        "number": one.invoice.number,
    }


def _spent(spent: Spent) -> Letter:
    use = CreditUse(reason=CreditUse.Reason.RENEWAL, amount=spent.amount)
    return spent_letter(
        use, spent.lines, left=spent.left, dearer=spent.dearer, workers=spent.workers
    )


# --- what money bought -------------------------------------------------------------------
#: The first workers of each posting: a letter names no more.
_FIRST = """
SELECT x.posting_id, x.since, x.until, x.price, w.name
FROM (
  SELECT c.posting_id, c.sponsorship_id, c.worker_id, MIN(c.covered_from) AS since,
         MAX(c.covered_until) AS until, SUM(c.amount) AS price, ROW_NUMBER() OVER (
           PARTITION BY c.posting_id ORDER BY MIN(c.covered_from), c.sponsorship_id) AS nth
  FROM contributions_contribution c WHERE c.posting_id IN ({postings})
  GROUP BY c.posting_id, c.sponsorship_id, c.worker_id) x
JOIN workers_worker w ON w.id = x.worker_id
WHERE x.nth <= {shown} ORDER BY x.posting_id, x.nth
"""


def spent_of(
    uses: Sequence[tuple[RenewalAsk, Changes]],
) -> dict[int, list[Spent]]:
    """Return, per donor, what his credit and his programmes' funds bought."""
    rows = [row for row, _dearer in uses]
    left, first = _left(rows), _first_lines(rows)
    found: dict[int, dict[Owner, Spent]] = defaultdict(dict)
    for row, dearer in uses:
        owner = _owner(row)
        spent = found[row.donor_id].setdefault(owner, Spent(left[owner]))
        spent.amount, spent.workers = spent.amount + row.amount, spent.workers + row.workers
        spent.dearer += dearer
        spent.lines += first[_posting(row)][: SHOWN - len(spent.lines)]
    return {donor: list(spent.values()) for donor, spent in found.items()}


def _first_lines(rows: Sequence[RenewalAsk]) -> dict[int, list[Bought]]:
    found: dict[int, list[Bought]] = defaultdict(list)
    postings = ", ".join(str(_posting(row)) for row in rows)
    if postings:
        for posting, since, until, price, name in select(
            _FIRST.format(postings=postings, shown=SHOWN)
        ):
            days = sql.read_day(since), sql.read_day(until)
            found[posting].append(Bought(short_name(name), *days, int(price)))
    return found


def _posting(row: RenewalAsk) -> int:
    return row.use.posting_id if row.use else 0


def _owner(row: RenewalAsk) -> Owner:
    return (True, row.programme_id) if row.programme_id else (False, row.donor_id)


def _left(uses: Sequence[RenewalAsk]) -> dict[Owner, int]:
    credit = Balance.objects.filter(
        account__kind=Account.Kind.CREDIT, account__donor__in={row.donor_id for row in uses}
    )
    funds = Balance.objects.filter(
        account__kind=Account.Kind.FUND,
        account__programme__in={row.programme_id for row in uses if row.programme_id},
    )
    return {
        **{(False, pk): sum_ for pk, sum_ in credit.values_list("account__donor", "amount")},
        **{(True, pk): sum_ for pk, sum_ in funds.values_list("account__programme", "amount")},
    }
