"""Every address x everybody (house section 8).

`ROWS` says for each address who gets which answer. An address without a row fails the
first test, so nobody forgets to think about it. Another's row answers 404, a page of
another role 403, and nobody is asked to sign in; whatever is asked, nothing breaks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.homes import home_of
from bricks.scoped import NotScoped, ScopedManager
from tests.factories import NOW
from tests.people import DONORS, EVERYBODY, NOBODY, STAFF, World, actions_of, links_of, undone

SIGN_IN = "sign in"
#: A POST that was let in: done, or refused with a sentence because the form is empty.
DONE = frozenset({200, 204, 302, 400})
#: A method that an address does not have; who may not come in may learn that first.
NOT_SERVED = frozenset({302, 401, 403, 404, 405})
MOMENT = NOW.replace(minute=5)

Expected = dict[str, Any]


def answers(*, nobody: Any = SIGN_IN, donors: Any, staff: Any, **single: Any) -> Expected:
    """Say what everybody gets; a name of a single person or role weighs more than its group."""
    unknown = set(single) - set(EVERYBODY)
    assert not unknown, f"nobody is called {unknown}"
    groups = {NOBODY: nobody} | dict.fromkeys(DONORS, donors) | dict.fromkeys(STAFF, staff)
    return groups | single


def each(names: tuple[str, ...], answer: Any) -> Expected:
    return dict.fromkeys(names, answer)


MEMBERS = ("owner", "payer", "viewer")
PAYERS = ("owner", "payer")
WRITERS = ("owner",)
BRANCH = ("officer", "supervisor")
FAR_BRANCH = ("far_officer", "far_supervisor")
SUPERVISORS = ("supervisor", "far_supervisor")
WATCHERS = ("officer", "supervisor", "regional", "head", "auditor")
FAR_WATCHERS = (*FAR_BRANCH, "far_regional", "far_auditor")
FIGURES = ("regional", "far_regional", "head", "auditor", "far_auditor")

PUBLIC = answers(nobody=200, donors=200, staff=200)
PUBLIC_POST = answers(nobody=DONE, donors=DONE, staff=DONE)
SIGNED_IN = answers(donors=200, staff=200)
SIGNED_IN_POST = answers(donors=DONE, staff=DONE)
#: Pages for those who are not signed in; the others are led to their work.
DOORS = answers(nobody=200, donors=302, staff=302)
ANY_DONOR = answers(donors=200, staff=403)


def own(people: tuple[str, ...], answer: Any) -> Expected:
    """A row of the donor: these people get the answer, other donors 404, staff 403."""
    return answers(donors=404, staff=403, **each(people, answer))


def watched(answer: Any, people: tuple[str, ...] = WATCHERS) -> Expected:
    """A case: those who watch over it get the answer, those of elsewhere 404, others 403."""
    return answers(donors=403, staff=404, treasurer=403, far_treasurer=403, **each(people, answer))


def at_desk(people: tuple[str, ...] = BRANCH) -> Expected:
    """A step of the case's own desk: another desk 404, who has no desk 403."""
    return answers(donors=403, staff=403, **each(FAR_BRANCH, 404), **each(people, DONE))


def only(people: tuple[str, ...], answer: Any, *, nobody: Any = SIGN_IN) -> Expected:
    """A page of a role, without rows of anybody: everyone else is refused."""
    return answers(nobody=nobody, donors=403, staff=403, **each(people, answer))


@dataclass(frozen=True)
class Row:
    """One address: how it is filled in, and who gets what. A method without answers is 405."""

    get: Expected | None = None
    post: Expected | None = None
    at: Callable[[World], list[Any]] = lambda world: []
    data: dict[str, Any] = field(default_factory=dict)
    api: bool = False


def sponsorship(world: World) -> list[Any]:
    return [world.covered.uuid]


def case(world: World) -> list[Any]:
    return [world.case.uuid]


def held(world: World) -> list[Any]:
    return [world.held.uuid]


def worker(world: World) -> list[Any]:
    return [world.draft.uuid, world.key]


def draft(world: World) -> list[Any]:
    return [world.draft.uuid]


SPONSORSHIP = answers(donors=404, staff=404, **each(MEMBERS, 200), **each(WATCHERS, 200))
INVOICE = answers(donors=404, staff=404, **each(MEMBERS, 200), head=200)

ROWS: dict[str, Row | list[Row]] = {
    # What everyone may see.
    "healthz": Row(PUBLIC),
    "readyz": Row(PUBLIC),
    "front": Row(PUBLIC),
    "quote": Row(PUBLIC),
    "price_line": Row(PUBLIC, data={"months": "12"}),
    "help_accident": Row(PUBLIC),
    "privacy": Row(PUBLIC),
    "consent_form": Row(PUBLIC),
    "village_search": Row(PUBLIC),
    "area_children": Row(PUBLIC),
    "mailbox": Row(PUBLIC),
    "styleguide": Row(PUBLIC, PUBLIC_POST),
    "set_language": Row(post=PUBLIC_POST, data={"language": "en"}),
    "api_schema": Row(PUBLIC),
    # What opens by an address that only some know.
    "public_card": Row(PUBLIC, at=lambda w: [w.covered.worker.uuid]),
    "public_card_qr": Row(PUBLIC, at=lambda w: [w.covered.worker.uuid]),
    "pay_link": Row(PUBLIC, at=lambda w: [w.pay_token]),
    "pay_link_start": Row(post=PUBLIC_POST, at=lambda w: [w.pay_token]),
    "qris_image": Row(PUBLIC, at=lambda w: [w.payment.uuid]),
    "qris_svg": Row(PUBLIC, at=lambda w: [w.payment.uuid]),
    "sandbox_pay": Row(PUBLIC, PUBLIC_POST, at=lambda w: [w.charge.transaction_id]),
    "worker_link": Row(PUBLIC, PUBLIC_POST, at=lambda w: [w.linked.link.token]),
    "worker_link_refuse": Row(post=PUBLIC_POST, at=lambda w: [w.linked.link.token]),
    "payment_webhook": Row(
        post=answers(nobody=400, donors=400, staff=400), at=lambda w: ["sandbox"]
    ),
    # Signing in and out, and the account.
    "account_login": Row(DOORS, DOORS),
    "account_signup": Row(DOORS, DOORS),
    "account_request_login_code": Row(DOORS, DOORS),
    "account_confirm_login_code": Row(
        answers(donors=302, staff=302), answers(donors=302, staff=302)
    ),
    "account_logout": Row(answers(nobody=302, donors=200, staff=200), PUBLIC_POST),
    "account_inactive": Row(PUBLIC),
    "account_reauthenticate": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_email": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_email_verification_sent": Row(answers(donors=302, staff=302)),
    "account_change_password": Row(SIGNED_IN, SIGNED_IN_POST),
    "account_set_password": Row(answers(donors=302, staff=302), SIGNED_IN_POST),
    "account_reset_password": Row(PUBLIC, PUBLIC),
    "account_reset_password_done": Row(PUBLIC),
    "account_reset_password_from_key": Row(
        PUBLIC, PUBLIC_POST, at=lambda w: ["1", "not-a-key-of-anyone"]
    ),
    "account_reset_password_from_key_done": Row(PUBLIC),
    "account_verify_phone": Row(),
    "account_change_phone": Row(SIGNED_IN, SIGNED_IN_POST),
    "tokens": Row(SIGNED_IN, SIGNED_IN_POST),
    "token_revoke": Row(post=SIGNED_IN_POST),
    # The donor's orders.
    "orders": Row(ANY_DONOR),
    "order_new": Row(ANY_DONOR, answers(donors=400, staff=403), data={"months": "-3"}),
    "order_detail": Row(own(MEMBERS, 200), at=lambda w: [w.sent.uuid]),
    "order_edit": Row(own(WRITERS, 200), at=draft),
    "order_terms": Row(own(WRITERS, 200), own(WRITERS, DONE), at=draft),
    "order_submit": Row(post=own(WRITERS, DONE), at=draft),
    "order_discard": Row(post=own(WRITERS, DONE), at=draft),
    "order_worker": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_data": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_proof": Row(own(WRITERS, 200), own(WRITERS, DONE), at=worker),
    "order_paper": Row(own(WRITERS, 200), at=worker),
    "order_worker_remove": Row(post=own(WRITERS, DONE), at=worker),
    "order_autosave": Row(post=own(WRITERS, 204), at=lambda w: [*worker(w), "data"]),
    "enrollment_repair": Row(own(WRITERS, 200), own(WRITERS, DONE), at=lambda w: [w.returned.uuid]),
    "enrollment_withdraw": Row(post=own(WRITERS, DONE), at=case),
    "link_renew": Row(post=own(WRITERS, DONE), at=lambda w: [w.linked.uuid]),
    "enrollment_form": Row(own(WRITERS, 200), own(WRITERS, DONE), at=lambda w: [w.unsigned.uuid]),
    "case_paper": Row(own(WRITERS, 200), at=lambda w: [w.unsigned.uuid]),
    "evidence": Row(answers(donors=404, staff=404, officer=200), at=lambda w: [w.evidence.uuid]),
    # The donor's money and workers.
    "invoices": Row(SIGNED_IN),
    "invoice": [
        Row(INVOICE, at=lambda w: [w.invoice.uuid]),
        # The treasurer of the branch that opened the company, and head office.
        Row(
            answers(donors=404, staff=404, treasurer=200, head=200),
            at=lambda w: [w.company_invoice.uuid],
        ),
    ],
    "invoice_start": [
        Row(
            post=answers(donors=404, staff=404, **each(PAYERS, DONE)),
            at=lambda w: [w.invoice.uuid],
        ),
        Row(post=answers(donors=404, staff=404), at=lambda w: [w.company_invoice.uuid]),
    ],
    "receipt": Row(INVOICE, at=lambda w: [w.receipt.uuid]),
    "sponsorships": Row(SIGNED_IN),
    "sponsorship": Row(SPONSORSHIP, at=sponsorship),
    "sponsorship_stop": Row(
        post=answers(donors=404, staff=404, **each(PAYERS, DONE)), at=sponsorship
    ),
    "sponsorship_resume": Row(
        post=answers(donors=404, staff=404, **each(PAYERS, DONE)), at=sponsorship
    ),
    # The branch's desk.
    "desk": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "desk_next": Row(post=only((*BRANCH, *FAR_BRANCH), DONE)),
    "desk_held": Row(only(SUPERVISORS, 200)),
    "case": [Row(watched(200), at=case), Row(watched(200), at=held)],
    "case_take": Row(post=at_desk(), at=case),
    "case_recheck": Row(post=at_desk(), at=case),
    "case_reveal": Row(post=at_desk(), at=case, data={"reason": "telepon dari pekerja"}),
    "case_approve": Row(post=at_desk(), at=held),
    "case_return": Row(post=at_desk(), at=held),
    "case_reject": Row(post=at_desk(), at=held),
    "case_hand_over": Row(post=at_desk(), at=held),
    "case_family": Row(post=at_desk(), at=held),
    "case_release": Row(post=at_desk(), at=held),
    "case_assign": Row(
        post=answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404), at=held
    ),
    "rejected": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "rejected_decide": Row(post=at_desk(), at=lambda w: [w.refused.pk]),
    "donors_opened": Row(only(SUPERVISORS, 200)),
    "donor_open": Row(only(SUPERVISORS, 200), only(SUPERVISORS, DONE)),
    # Kanwil, head office, auditors.
    "dashboard": Row(only(FIGURES, 200)),
    "dashboard_csv": Row(only(FIGURES, 200)),
    "dashboard_ending": Row(
        only(FIGURES, 200) | {"far_regional": 404, "far_auditor": 404}, at=lambda w: ["1671"]
    ),
    "jobs": Row(only(("head",), 200)),
    # Programs, with the token of their owner.
    "api_sponsorships": Row(answers(nobody=401, donors=200, staff=200), api=True),
    "api_invoices": Row(answers(nobody=401, donors=200, staff=200), api=True),
    "api_coverage_check": Row(
        post=only(BRANCH, 200, nobody=401) | each(FAR_BRANCH, 404),
        data={"nik": "1671014203890005", "date": "2026-11-20"},
        api=True,
    ),
}
CASES = [
    pytest.param(name, row, id=f"{name}-{number}" if number else name)
    for name, rows in ROWS.items()
    for number, row in enumerate(rows if isinstance(rows, list) else [rows])
]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build everybody and everything once; every request below is undone."""
    with django_db_blocker.unblock(), undone():
        with time_machine.travel(NOW, tick=False):
            built = World()
        yield built


@pytest.fixture(autouse=True)
def _undone(world: World, db: None) -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def urls(patterns: list[Any]) -> Iterator[str]:
    for found in patterns:
        if isinstance(found, URLResolver):
            yield from urls(found.url_patterns)
        elif isinstance(found, URLPattern):
            yield str(found.name)


def test_every_address_says_who_may_open_it() -> None:
    known, planned = set(urls(get_resolver().url_patterns)), set(ROWS)
    assert not known - planned, "give each new address a row in ROWS: who gets which answer?"
    assert not planned - known, "these addresses are gone; take their rows away"


def says(answer: Any, expected: Any) -> bool:
    """Tell whether an answer is the expected one; a way to the sign-in page is no other 302."""
    location = answer.get("Location", "")
    asked_to_sign_in = answer.status_code == 302 and location.startswith("/akun/login")
    if expected == SIGN_IN or asked_to_sign_in:
        return asked_to_sign_in and expected in {SIGN_IN, NOT_SERVED}
    return (
        answer.status_code in expected
        if isinstance(expected, frozenset)
        else (answer.status_code == expected)
    )


#: Who may read a full NIK, and where: the donor in his own draft and in what came back.
FULL_NIK = {"order_data": WRITERS, "order_paper": WRITERS, "enrollment_repair": WRITERS}


def faults(world: World, name: str, row: Row, person: str, method: str) -> Iterator[str]:
    """Open an address as a person and tell what is wrong with the answer; undo what it did."""
    expected = row.get if method == "get" else row.post
    data = row.data if method == "post" or not row.post else {}
    with undone():
        answer = world.ask(person, method, reverse(name, args=row.at(world)), data, api=row.api)
    if not says(answer, expected[person] if expected else NOT_SERVED):
        shown = expected[person] if expected else "that there is no such method"
        yield f"{method} by {person}: {answer.status_code}, expected {shown}"
    may_read = person in FULL_NIK.get(name, ()) or (person == "officer" and row.at is held)
    page = answer.content.decode(errors="replace")
    if not may_read and method == "get" and any(nik in page for nik in world.niks):
        yield f"{method} by {person}: shows a full NIK"


@pytest.mark.parametrize(("name", "row"), CASES)
def test_everybody_gets_the_answer_that_the_table_says(world: World, name: str, row: Row) -> None:
    found = [
        fault
        for person in EVERYBODY
        for method in ("get", "post")
        for fault in faults(world, name, row, person, method)
    ]
    assert not found, f"{name}: {reverse(name, args=row.at(world))}"


@pytest.mark.parametrize("person", EVERYBODY)
def test_no_link_and_no_button_leads_to_a_closed_door(world: World, person: str) -> None:
    """Follow every link and press every button that a person is shown, from his first page."""
    start = "/" if person == NOBODY else home_of(world.users[person])
    waiting, closed = [("get", start, "sign-in")], []
    seen = {("get", start)}
    while waiting:
        method, url, origin = waiting.pop()
        with undone():
            answer = world.ask(person, method, url)
        if answer.status_code >= 400 and not (method == "post" and answer.status_code == 400):
            closed.append(f"{method} {url} from {origin}: {answer.status_code}")
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = answer.content.decode()
        steps = {("get", link) for link in links_of(page)}
        steps |= {("post", action or url) for action in actions_of(page)}
        waiting += [(*step, url) for step in sorted(steps - seen)]
        seen |= steps
    assert not closed
    assert len(seen) > 5


SCOPED = [
    model
    for model in apps.get_models()
    if any(isinstance(manager, ScopedManager) for manager in model._meta.managers)
]


def test_the_rows_of_people_and_money_are_scoped() -> None:
    names = {model.__name__ for model in SCOPED}
    assert names >= {
        "Donor",
        "Worker",
        "Order",
        "Enrollment",
        "Sponsorship",
        "Contribution",
        "Invoice",
        "Payment",
    }


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_a_scoped_model_offers_only_what_somebody_may_see(world: World, model: Any) -> None:
    for question in ("all", "count", "exists", "first", "iterator", "select_related"):
        with pytest.raises(NotScoped):
            getattr(model.objects, question)()
    for question in ("filter", "get", "exclude", "update", "get_or_create"):
        with pytest.raises(NotScoped):
            getattr(model.objects, question)(pk=1)
    assert isinstance(model._default_manager, type(model.everything))
    everything = set(model.everything.values_list("pk", flat=True))
    owners = set(model.objects.visible_to(world.users["owner"]).values_list("pk", flat=True))
    strangers = set(model.objects.visible_to(world.users["stranger"]).values_list("pk", flat=True))
    assert owners < everything, "a donor sees some rows, and not the company's"
    assert owners
    assert not owners & strangers
