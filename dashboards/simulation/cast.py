"""Who takes part: donors with their habits, workers with their fates, dealt out by the seed.

Every habit and every fate is dealt out before one is dealt out twice, so that a small
simulation meets them all. Registration and approval are written in bulk: what the
simulation is about begins with the branch's approval.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import TypeVar

from accounts.models import User, phone_index
from accounts.services import create_account
from bricks.clock import JAKARTA, jakarta_date
from bricks.months import ONE_DAY, add_months
from bricks.secrets import blind_index
from dashboards.demo.cast import Person, ending, nik_of, people
from dashboards.simulation.stage import Stage
from donors.models import Donor, DonorMember, Programme
from workers.models import Enrollment, Order, Worker

#: How private donors pay. "late" after the invoice's end, "gaps" after months of arrears,
#: "lapses" once and then nothing for half a year, "old" an expired invoice beside its
#: successor, "clawed" pays and the bank takes the money back, "fickle" stops and goes on,
#: "wishful" changes how he pays, "passes" hands his workers over to other donors.
HABITS = (
    "early",
    "plain",
    "late",
    "gaps",
    "lapses",
    "short",
    "generous",
    "old",
    "clawed",
    "never",
    "fickle",
    "wishful",
    "passes",
)
FATES = (
    "",
    "",
    "dies",
    "reported",
    "",
    "employee",
    "",
    "left",
    "",
    "mistaken",
    "refused",
    "",
    "slow",
    "old",
    "",
)
PERIODS = (1, 3, 1, 6, 2, 12, 1)
DISTRICTS = ("167101", "167102", "167103")
#: A budget's agreement with fixed dates, and one that goes on; a company that pays by CSR.
AGREEMENTS = (("government", "apbd", True), ("village", "apbdes", False), ("company", "csr", False))
_KINDS = {"government": "government", "village": "village", "company": "csr"}
APPROVED_DAYS = 30
T = TypeVar("T")


@dataclass
class Giver:
    """A donor, how he pays, and his own dice: what he does hangs on nobody else's throws."""

    donor: Donor
    user: User
    programme: Programme
    habit: str
    dice: Random
    #: Invoices he has made up his mind about.
    seen: set[int] = field(default_factory=set)
    lapsed_once: bool = False
    #: How many wishes he has had.
    wishes: int = 0


@dataclass(frozen=True)
class Entry:
    """One worker who is approved for a giver on a day; `of` is a worker of somebody else's."""

    day: date
    giver: Giver
    person: Person
    months: int
    fate: str
    sector: str
    bracket: int
    jht: bool


def donors_for(workers: int) -> int:
    """Return how many private donors a simulation of so many workers has."""
    return max(len(HABITS), workers // 3)


def deal_givers(stage: Stage, *, workers: int, seed: int, first: date) -> list[Giver]:
    """Open the donors: private ones by habit, then the three kinds of agreements."""
    givers = []
    for number in range(donors_for(workers)):
        habit = HABITS[number % len(HABITS)]
        name = f"donatur{number}"
        givers.append(_open(stage, name, "person", habit, Random(f"{seed}:{name}")))  # noqa: S311
    for kind, funding, is_fixed in AGREEMENTS:
        given = _open(stage, kind, kind, "office", Random(f"{seed}:{kind}"))  # noqa: S311
        Programme.objects.filter(pk=given.programme.pk).update(
            kind=_KINDS[kind],
            name=f"Program {kind}",
            funding=funding,
            agreement_number=f"PKS/{kind}/1",
            opened_by_office=stage.office,
            fixed_from=add_months(first, 1) if is_fixed else None,
            fixed_until=add_months(first, 13) - ONE_DAY if is_fixed else None,
        )
        given.programme.refresh_from_db()
        givers.append(given)
    return givers


def _open(stage: Stage, name: str, kind: str, habit: str, dice: Random) -> Giver:
    now = datetime.combine(stage.opened, time(8), tzinfo=JAKARTA)
    user = create_account(email=f"{name}@sim.example", name=name.title(), now=now, verified=True)
    is_person = kind == "person"
    donor = Donor.everything.create(
        kind=kind,
        name=name.title(),
        person=user if is_person else None,
        letter_reference="" if is_person else "1/SIM",
        opened_by_office=None if is_person else stage.office,
        created_at=now,
    )
    DonorMember.objects.create(donor=donor, user=user, joined_at=now)
    programme = Programme.objects.create(donor=donor, name="SERTAKAN", created_at=now)
    return Giver(donor, user, programme, habit, dice)


def deal_entries(
    givers: Sequence[Giver], *, workers: int, months: int, seed: int, first: date
) -> list[Entry]:
    """Deal out who is approved for whom on which day, in order of days.

    Every fifteenth worker is approved for a second donor as well, a few weeks later. Most
    enter within the first half, so that time is left for what becomes of them.
    """
    dice = Random(f"{seed}:entries")  # noqa: S311
    persons = _persons(dice)
    fates, periods = _dealt(FATES, workers, dice), _dealt(PERIODS, workers, dice)
    entries: list[Entry] = []
    for number in range(workers):
        giver = givers[number % len(givers)]
        fate = fates[number]
        day = first + timedelta(days=2 + dice.randrange(max(months * 30 // 2, 1)))
        if giver.programme.fixed_from:
            day = giver.programme.fixed_from - timedelta(days=dice.randrange(-20, 20))
        entry = Entry(
            day=day,
            giver=giver,
            person=_fated(next(persons), fate, first),
            months=periods[number],
            fate=fate,
            sector="transport" if number % 4 == 3 else "other",
            bracket=1 + number % 2,
            jht=number % 5 == 0,
        )
        entries.append(entry)
        if number % 15 == 7:
            entries.append(_also(entry, givers[(number + 3) % len(givers)], dice))
    return sorted(entries, key=lambda row: (row.day, row.person.nik, row.giver.donor.pk))


def _dealt(cards: Sequence[T], count: int, dice: Random) -> list[T]:
    """Deal so many cards: each of a deck, shuffled, before the deck is shuffled anew."""
    dealt: list[T] = []
    while len(dealt) < count:
        dealt += dice.sample(cards, len(cards))
    return dealt[:count]


def _also(entry: Entry, giver: Giver, dice: Random) -> Entry:
    return Entry(
        day=entry.day + timedelta(days=20 + dice.randrange(60)),
        giver=giver,
        person=entry.person,
        months=3,
        fate="",
        sector=entry.sector,
        bracket=entry.bracket,
        jht=entry.jht,
    )


def _persons(dice: Random) -> Iterator[Person]:
    persons = people(DISTRICTS)
    for _skipped in range(dice.randrange(50)):
        next(persons)
    return persons


def _fated(person: Person, fate: str, first: date) -> Person:
    """Give a person what BPJS will stumble over, or a birthday that is near."""
    if fate in {"refused", "slow"}:
        return ending(person, "99" if fate == "refused" else "98")
    if fate == "old":
        born = add_months(first, 12 - 65 * 12)
        return Person(
            person.name,
            person.sex,
            born,
            nik_of(person.nik[:6], born, person.sex, int(person.nik[-4:])),
            person.phone,
        )
    return person


class Registry:
    """Writes approved cases in bulk: a worker, an order a day and giver, a case each."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.known: dict[str, Worker] = {}
        self._phones = count(1)

    def approve(self, entries: Sequence[Entry], *, now: datetime) -> list[Worker]:
        """Write the approvals of one day; return the workers in the order of the entries."""
        workers = [self._worker(entry, now) for entry in entries]
        orders: dict[int, Order] = {}
        cases: list[Enrollment] = []
        for entry, worker in zip(entries, workers, strict=True):
            giver = entry.giver
            if giver.donor.pk not in orders:
                orders[giver.donor.pk] = self._order(giver, now)
            order = orders[giver.donor.pk]
            position = sum(case.order == order for case in cases) + 1
            cases.append(self._case(entry, worker, order, position, now))
        Enrollment.everything.bulk_create(cases)
        return workers

    def _worker(self, entry: Entry, now: datetime) -> Worker:
        person = entry.person
        if person.nik not in self.known:
            phone = f"+62813{7_000_000 + next(self._phones)}"
            self.known[person.nik] = Worker.everything.create(
                nik=person.nik,
                nik_index=blind_index(person.nik, purpose="nik"),
                name=person.name,
                birth_date=person.birth_date,
                sex=person.sex,
                phone=phone,
                phone_index=phone_index(phone),
                village=self.stage.village,
                occupation=self.stage.jobs[entry.sector],
                created_at=now,
            )
        return self.known[person.nik]

    def _order(self, giver: Giver, now: datetime) -> Order:
        return Order.everything.create(
            donor=giver.donor,
            programme=giver.programme,
            created_by=giver.user,
            status=Order.Status.SUBMITTED,
            created_at=now - timedelta(days=2),
            saved_at=now - timedelta(days=2),
            submitted_at=now - timedelta(days=2),
        )

    def _case(
        self, entry: Entry, worker: Worker, order: Order, position: int, now: datetime
    ) -> Enrollment:
        return Enrollment(
            order=order,
            position=position,
            donor=order.donor,
            programme=order.programme,
            worker=worker,
            office=self.stage.office,
            status=Enrollment.Status.APPROVED,
            nik=worker.nik,
            nik_index=worker.nik_index,
            name=worker.name,
            birth_date=worker.birth_date,
            sex=worker.sex,
            village=self.stage.village,
            occupation=self.stage.jobs[entry.sector],
            relation=Enrollment.Relation.OTHER,
            months=entry.months,
            bracket=entry.bracket,
            jht=entry.jht,
            sector=entry.sector,
            submitted_at=order.submitted_at,
            due_on=jakarta_date(now),
            decided_at=now,
            decided_by=self.stage.officer,
            approved_until=jakarta_date(now) + timedelta(days=APPROVED_DAYS),
            created_at=order.created_at,
        )
