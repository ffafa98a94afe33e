"""Making the demo: accounts, donors and the story, in the order of its days."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from django.contrib.auth.hashers import make_password

from accounts.models import Role, User
from accounts.services import create_account
from bricks.clock import jakarta_date
from contributions.models import Sponsorship
from contributions.services.reminding import remind
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import stop_sponsorship
from dashboards.demo import cast, play, story
from dashboards.demo.bank import open_bank, play_bank
from dashboards.demo.desk import play_desk
from dashboards.demo.money import plan_money, play_money, prove_money
from dashboards.demo.renewal import play_renewal
from dashboards.services import rebuild_dashboards
from donors.models import Donor, Programme
from donors.services import Agreement, open_organisation
from notices import bells
from notices.sending import send_due_messages
from regions.models import Office
from workers.models import Enrollment, Order
from workers.services import deciding

Act = Callable[[], object]


@dataclass
class Demo:
    """What the loading knows while it goes on; `plan` holds acts by their time."""

    now: datetime
    users: dict[str, User] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    plan: dict[datetime, list[Act]] = field(default_factory=lambda: defaultdict(list))

    @property
    def today(self) -> date:
        """The day of the demo."""
        return jakarta_date(self.now)


class DemoCutOff(Exception):
    """An earlier loading was interrupted: the story cannot go on from its middle."""


def is_loaded() -> bool:
    """Tell whether the whole demo is in this database. Raises DemoCutOff for a part of it."""
    known = User.objects.filter(email__in=[cast.STAFF[0].email, cast.STAFF[-1].email])
    if known.count() == 1:
        raise DemoCutOff
    return known.exists()


def load_demo(*, now: datetime) -> dict[str, int]:
    """Play the whole story up to `now`. A second call finds it there and does nothing.

    The same instant gives the same demo. Areas, offices, tariffs and occupations must be
    loaded. Raises DemoCutOff where an earlier loading was interrupted: the story begins
    with an empty database.
    """
    if is_loaded():
        return {"workers": 0, "orders": 0}
    with bells.silence():
        return _play(Demo(now=now))


def _play(demo: Demo) -> dict[str, int]:
    today = demo.today
    began = play.at(today - timedelta(days=361), 8)
    _open_accounts(demo, began)
    officers = {
        office: user
        # Of two at one desk the first one decides in the story.
        for member in reversed(cast.STAFF)
        if member.kind == Role.Kind.BRANCH_OFFICER
        for office, user in [(member.office, demo.users[member.email])]
    }
    stage = play.Stage.build(officers, story.REGENCIES)
    _plan_scenes(demo, stage)
    plan_money(demo.plan, demo.users, today)
    for day in story.days_of_interest(today):
        if day < today:
            demo.plan[play.at(day, 1)].append(partial(play.night, day))
            demo.plan[play.at(day, 15)].append(partial(play.afternoon, day))
    for when in sorted(demo.plan):
        for act in demo.plan[when]:
            act()
    play_desk(demo.users, stage, demo.now)
    play_bank(demo.users, open_bank(demo.users, demo.now), demo.now)
    play_money(demo.users, demo.programmes, demo.now)
    play_renewal(demo.users, demo.now)
    return _close(demo)


def _close(demo: Demo) -> dict[str, int]:
    now = demo.now
    play.night(demo.today, until=now)
    play.afternoon(demo.today, until=now)
    play.quiet_the_past(now)
    prove_money(today=demo.today, now=now)
    remind(today=demo.today, now=now)
    send_due_messages(now=now)
    rebuild_dashboards(today=demo.today, now=now)
    _open_staff(demo, last=True)
    # Hashed once for all of them: hashing is slow on purpose.
    ids = [user.pk for user in demo.users.values()]
    User.objects.filter(pk__in=ids).update(password=make_password(cast.PASSWORD))
    return {"workers": Enrollment.everything.count(), "orders": Order.everything.count()}


def _open_accounts(demo: Demo, now: datetime) -> None:
    _open_staff(demo)
    for giver in story.GIVERS:
        demo.users[giver.key] = _account(giver.email, giver.name, now)
    supervisor = demo.users["penyelia@demo.example"]
    for organisation in story.ORGANISATIONS:
        demo.users[organisation.key] = _account(organisation.email, organisation.owner, now)
        donor = _open_organisation(organisation, supervisor, demo.today, now)
        demo.programmes[organisation.key] = Programme.objects.get(donor=donor)


def _open_staff(demo: Demo, *, last: bool = False) -> None:
    """Open the staff's accounts; the very last one, which says that all is there, at the end."""
    members = cast.STAFF[-1:] if last else cast.STAFF[:-1]
    for member in members:
        now = play.at(demo.today - timedelta(days=361), 8)
        user = _account(member.email, member.name, now)
        office = Office.objects.get(code=member.office) if member.office else None
        Role.objects.create(user=user, kind=member.kind, office=office, given_at=now)
        demo.users[member.email] = user


def _account(email: str, name: str, now: datetime) -> User:
    return create_account(email=email, name=name, now=now, verified=True)


def _open_organisation(
    organisation: story.Organisation, supervisor: User, today: date, now: datetime
) -> Donor:
    year = today.year
    return open_organisation(
        key=play.key_of(organisation.key),
        kind=organisation.kind,
        name=organisation.name,
        letter_reference=organisation.letter,
        agreement=Agreement(
            kind=organisation.programme_kind,
            name=organisation.programme,
            funding=organisation.funding,
            number=organisation.agreement,
            fixed_from=date(year, 1, 1) if organisation.whole_year else None,
            fixed_until=date(year, 12, 31) if organisation.whole_year else None,
            ceiling=organisation.ceiling,
            public_task=organisation.public_task,
        ),
        owner_email=organisation.email,
        owner_name=organisation.owner,
        office=Office.objects.get(code=organisation.office),
        supervisor=supervisor,
        now=now,
    )


def _plan_scenes(demo: Demo, stage: play.Stage) -> None:
    crowds = {
        code: cast.people((f"{code}01", f"{code}02", f"{code}03")) for code in story.REGENCIES
    }
    for number, scene in enumerate(story.scenes(demo.today)):
        persons = [next(crowds[scene.regency]) for _ in range(scene.workers)]
        if scene.ending:
            persons[-1] = cast.ending(persons[-1], scene.ending)
        _plan_scene(demo, stage, scene, number, persons)


def _plan_scene(
    demo: Demo, stage: play.Stage, scene: story.Scene, number: int, persons: list[cast.Person]
) -> None:
    """Put the acts of one scene on their days: hand in, decide, pay, stop."""
    name = f"{scene.donor}-{scene.days_ago}-{number}"
    day = demo.today - timedelta(days=scene.days_ago)
    entered = play.at(day, 9, number % 50)
    user = demo.users[scene.donor]

    def enter() -> None:
        workers = [stage.data_of(p, scene.regency, driver=scene.drivers) for p in persons]
        play.hand_in(
            name=name,
            user=user,
            programme=demo.programmes.get(scene.donor),
            workers=workers,
            months=scene.months,
            now=entered,
            by_link=scene.by_link,
        )

    def order() -> Order:
        return Order.everything.get(uuid=play.key_of(name))

    demo.plan[entered].append(enter)
    _plan_decision(demo, stage, scene, day, order)
    if scene.pays_after is not None and scene.fate == "approve":
        for turn in range(scene.payments):
            paid = play.at(day + timedelta(days=scene.pays_after + turn * 29), 10, number % 50)
            demo.plan[paid].append(
                lambda paid=paid: play.pay(order(), paid, extra=scene.extra)  # type: ignore[misc]
            )
    if scene.stops_days_ago is not None:
        stopped = play.at(demo.today - timedelta(days=scene.stops_days_ago), 10)
        demo.plan[stopped].append(lambda: _stop_all(order(), user, stopped))


def _plan_decision(
    demo: Demo, stage: play.Stage, scene: story.Scene, day: date, order: Callable[[], Order]
) -> None:
    officer = stage.officers[story.OFFICE_OF[scene.regency]]
    decided = min(play.at(day + timedelta(days=1), 11), demo.now)
    acts: dict[str, Callable[[Enrollment, User, datetime], object] | None] = {
        "approve": None,
        "return": _return,
        "reject": _reject,
        "take": _look,
    }
    if scene.fate in acts:
        act = acts[scene.fate]
        # A case is held for half an hour: the one that is being looked at was just taken.
        when = demo.now if scene.fate == "take" else decided
        demo.plan[when].append(lambda: play.decide(order(), officer, when, act))
        demo.plan[when].append(lambda: follow_up_approvals(now=when))


def _look(case: Enrollment, officer: User, now: datetime) -> None:
    """Hold the case and decide nothing yet."""


def _return(case: Enrollment, officer: User, now: datetime) -> None:
    deciding.return_case(
        enrollment=case,
        officer=officer,
        reasons={"name": "name_differs"},
        note="Tolong tulis nama seperti di KTP.",
        now=now,
    )


def _reject(case: Enrollment, officer: User, now: datetime) -> None:
    deciding.reject(enrollment=case, officer=officer, reason="employee", now=now)


def _stop_all(order: Order, user: User, now: datetime) -> None:
    for row in Sponsorship.everything.filter(enrollment__order=order, renews=True):
        stop_sponsorship(sponsorship=row, by=user, now=now)
