"""What may be said of workers' cover on a paper, for many at once (P1 to P3).

A donor's paper tells the days that his own months bought, the worker's own all of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from bricks.months import add_months
from contributions.cover import JKM_WAIT_MONTHS, Cover, CoverStatus, status_on
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.covering import Span, spans_of
from donors.models import Donor
from regions.models import Office
from workers import standing
from workers.models import Worker
from workers.selectors import payer_for_worker

ACCEPTED = Contribution.Status.ACCEPTED
Months = list[tuple[date, date, datetime | None]]


@dataclass(frozen=True)
class Whose:
    """A worker with his branch, and how he reads who pays for him (P18)."""

    worker: Worker
    office: Office | None
    payers: Sequence[str]


@dataclass(frozen=True)
class Protection(Whose):
    """A worker, and what may be said of his cover on a day.

    `accepted` and `waiting` are unbroken spans; `jkm_full_from` is the first day of the
    full JKM in the span that `cover` tells of, `lowest` whether all months are of the
    lowest income.
    """

    accepted: Sequence[Span]
    waiting: Sequence[Span]
    cover: CoverStatus
    is_reported: bool
    jkm_full_from: date | None
    lowest: bool

    @property
    def is_covered(self) -> bool:
        """Whether the paper may say that he is protected on that day."""
        return self.cover.kind == "covered" and not self.is_reported


def donors_protections(sponsorships: Iterable[Sponsorship], *, today: date) -> list[Protection]:
    """Say for each of these sponsorships what its donor's months bought, in their order; one
    for which no month is bought is left out. A number of queries that does not grow."""
    rows = list(sponsorships)
    months = Contribution.everything.filter(
        worker__in={row.worker_id for row in rows},
        sponsorship__donor__in={row.donor_id for row in rows},
    )
    bought = _bought(months, by_donor=True)
    told = _Told.of({row.worker_id for row in rows})
    return [
        _protection(
            Whose(row.worker, row.enrollment.office, [payer_for_worker(row.donor)]),
            bought[row.worker_id, row.donor_id],
            told,
            today=today,
        )
        for row in rows
        if (row.worker_id, row.donor_id) in bought
    ]


def own_protection(worker: Worker, *, office: Office | None, today: date) -> Protection | None:
    """Say what all months bought for a worker, whoever paid; None where none was."""
    months = Contribution.everything.filter(worker=worker)
    bought = _bought(months, by_donor=False)
    if (worker.pk, 0) not in bought:
        return None
    living = months.filter(status__in=BOUGHT, covered_until__gte=today)
    donors = Donor.everything.filter(pk__in=living.values("sponsorship__donor")).order_by("pk")
    payers = list(dict.fromkeys(payer_for_worker(donor) for donor in donors))
    whose = Whose(worker, office, payers)
    return _protection(whose, bought[worker.pk, 0], _Told.of([worker.pk]), today=today)


@dataclass(frozen=True)
class _Bought:
    """The bought months of one worker: accepted, waiting, all of the lowest income or not."""

    accepted: Months
    waiting: Months
    brackets: set[int]


@dataclass(frozen=True)
class _Told:
    """What is known of workers besides: who is reported, and their whole accepted spans."""

    reported: Collection[int]
    spans: dict[int, list[Coverage]]

    @classmethod
    def of(cls, worker_ids: Collection[int]) -> "_Told":
        spans: dict[int, list[Coverage]] = defaultdict(list)
        for row in Coverage.objects.filter(worker__in=worker_ids).order_by("covered_from"):
            spans[row.worker_id].append(row)
        return cls(standing.reported(worker_ids), spans)


def _bought(months: QuerySet[Contribution], *, by_donor: bool) -> dict[tuple[int, int], _Bought]:
    """Gather bought months per worker, and per donor where papers are the donors'."""
    found: dict[tuple[int, int], _Bought] = {}
    has_days = Q(covered_from__isnull=False, covered_until__isnull=False)
    rows = months.filter(has_days, status__in=BOUGHT).order_by("covered_from")
    for worker, donor, status, bracket, first, last, starts_at in rows.values_list(
        "worker",
        "sponsorship__donor",
        "status",
        "bracket",
        "covered_from",
        "covered_until",
        "starts_at",
    ):
        key = (worker, donor if by_donor else 0)
        row = found.setdefault(key, _Bought([], [], set()))
        if first and last:
            (row.accepted if status == ACCEPTED else row.waiting).append((first, last, starts_at))
        row.brackets.add(bracket)
    return found


def _protection(whose: Whose, bought: _Bought, told: _Told, *, today: date) -> Protection:
    accepted, waiting = spans_of(bought.accepted), spans_of(bought.waiting)
    cover = status_on(
        today,
        accepted=[_as_cover(span) for span in accepted],
        waiting=[_as_cover(span) for span in waiting],
        is_billed=False,
        arrears_months=settings.ARREARS_MONTHS,
    )
    return Protection(
        worker=whose.worker,
        office=whose.office,
        payers=whose.payers,
        accepted=accepted,
        waiting=waiting,
        cover=cover,
        is_reported=whose.worker.pk in told.reported,
        jkm_full_from=_jkm_full_from(told.spans[whose.worker.pk], today),
        lowest=bought.brackets == {1},
    )


def _as_cover(span: Span) -> Cover:
    return Cover(span.covered_from, span.covered_until, span.starts_at)


def _jkm_full_from(spans: Iterable[Coverage], today: date) -> date | None:
    """The day from which the whole span that includes today, whoever paid, gives the full sum."""
    found = next((s for s in spans if s.covered_from <= today <= s.covered_until), None)
    return add_months(found.covered_from, JKM_WAIT_MONTHS) if found else None
