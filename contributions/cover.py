"""What the portal may say about a worker's cover on a day: a pure rule over dates.

It states facts. After an accident or a death the verdict is the branch's (P3), so no
code here means "not protected".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bricks.months import add_months, arrears_of

#: Full JKM needs so many unbroken months of cover (domain reference 2.2).
JKM_WAIT_MONTHS = 3


@dataclass(frozen=True)
class Cover:
    """A span of days, both inclusive; `starts_at` is the minute at which its first day begins."""

    covered_from: date
    covered_until: date
    starts_at: datetime | None


@dataclass(frozen=True)
class CoverStatus:
    """Where a worker stands on a day.

    `kind` is one of:
    never: no month was ever paid; nothing is asked either.
    awaiting_payment: never covered, and a donor is asked to pay.
    awaiting_acceptance: paid from `covered_from` to `covered_until`, not yet accepted (P1).
    starts_later: accepted, and begins on `covered_from`, after the day.
    covered: accepted from `covered_from` to `covered_until`; `jkm_full_from` is the first
    day of the full JKM.
    arrears: cover ended on `covered_until`; `arrears` unpaid months have begun (1 to 3).
    ended: it ended on `covered_until` longer ago than that.
    reported: an accident or a death is reported and he is not plainly covered; what the
    day was is the branch's word (P3). The days are those of the last paid cover, if any.

    `paid_until` is the last paid day, accepted or not. `next_step` is one of none, pay,
    wait_for_bpjs, renew, ask_branch.
    """

    kind: str
    next_step: str
    covered_from: date | None = None
    covered_until: date | None = None
    starts_at: datetime | None = None
    jkm_full_from: date | None = None
    paid_until: date | None = None
    arrears: int = 0


def status_on(
    today: date,
    *,
    accepted: Sequence[Cover],
    waiting: Sequence[Cover],
    is_billed: bool,
    arrears_months: int,
    is_reported: bool = False,
) -> CoverStatus:
    """Say where a worker stands.

    `accepted` are the unbroken spans, `waiting` the paid months that BPJS has not yet
    accepted, `is_billed` whether a donor is asked to pay for him for the first time,
    `is_reported` whether an accident or a death of his is reported.
    """
    paid_until = max((span.covered_until for span in (*accepted, *waiting)), default=None)
    for span in accepted:
        if span.covered_from <= today <= span.covered_until:
            return CoverStatus(
                kind="covered",
                next_step="none",
                covered_from=span.covered_from,
                covered_until=span.covered_until,
                starts_at=span.starts_at,
                jkm_full_from=add_months(span.covered_from, JKM_WAIT_MONTHS),
                paid_until=paid_until,
            )
    if is_reported:
        return _reported([*accepted, *waiting])
    if waiting:
        first = min(waiting, key=lambda span: span.covered_from)
        return CoverStatus(
            kind="awaiting_acceptance",
            next_step="wait_for_bpjs",
            covered_from=first.covered_from,
            covered_until=max(span.covered_until for span in waiting),
            starts_at=first.starts_at,
            paid_until=paid_until,
        )
    if not accepted:
        billed = CoverStatus(kind="awaiting_payment", next_step="pay")
        return billed if is_billed else CoverStatus(kind="never", next_step="none")
    later = [span for span in accepted if span.covered_from > today]
    if later:
        return CoverStatus(
            kind="starts_later",
            next_step="none",
            covered_from=later[0].covered_from,
            covered_until=later[0].covered_until,
            paid_until=paid_until,
        )
    return _over(accepted[-1], today, arrears_months)


def _reported(paid: Sequence[Cover]) -> CoverStatus:
    """State the last paid days and leave the verdict to the branch."""
    last = max(paid, key=lambda span: span.covered_until, default=None)
    if last is None:
        return CoverStatus(kind="reported", next_step="ask_branch")
    return CoverStatus(
        kind="reported",
        next_step="ask_branch",
        covered_from=last.covered_from,
        covered_until=last.covered_until,
        starts_at=last.starts_at,
        paid_until=last.covered_until,
    )


def _over(last: Cover, today: date, arrears_months: int) -> CoverStatus:
    arrears = arrears_of(last.covered_until, today)
    in_arrears = arrears <= arrears_months
    return CoverStatus(
        kind="arrears" if in_arrears else "ended",
        next_step="renew" if in_arrears else "ask_branch",
        covered_from=last.covered_from,
        covered_until=last.covered_until,
        paid_until=last.covered_until,
        arrears=arrears if in_arrears else 0,
    )
