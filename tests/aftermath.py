"""What became of some of the world's sponsorships (`tests.people.World`): parked, passed on
to another donor, helped by the bridge fund."""

from datetime import timedelta
from typing import Any

from contributions.models import (
    BridgeGrant,
    BridgeOutcome,
    Contribution,
    RenewalOutcome,
    RenewalRun,
    Sponsorship,
)
from contributions.services import ruling, waiting
from contributions.services.bridge_fund import Basis, confirm_fund, propose_fund, receive
from contributions.services.handing_over import make_link
from contributions.services.remitting import fetch_answers, remit
from contributions.services.reversing import undo_payments
from contributions.services.stopping import stop_sponsorship
from contributions.services.taking_over import Terms, choose
from donors.models import Programme
from payments.models import Payment
from tests.contributions.builders import covered_worker, reverse, sponsorships_of
from tests.factories import NOW, TODAY, OrderFactory, UserFactory
from tests.payments import banking
from workers.models import Enrollment


def parked(world: Any) -> None:
    """A payment that the bank took back, on which two people rule; a sponsorship that
    was parked by hand; a month that BPJS accepted after its money had gone back."""
    taken, by_hand, late = (
        covered_worker(order=world._order(), serial=serial, decided_by=world._officer)
        for serial in (901, 902, 903)
    )
    remit(today=TODAY, now=NOW)
    gone = reverse(_payment_of(late), NOW)
    undo_payments(now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    world.taken_back = reverse(_payment_of(taken), NOW)
    undo_payments(now=NOW)
    world.ruling = ruling.propose(
        payment=world.taken_back, outcome="kept", reason="uji", by=world._officer, now=NOW
    )
    by_hand.parked_at, by_hand.parked_reason = NOW, "uji"
    by_hand.save()
    world.by_hand = by_hand
    world.renewal = RenewalRun.objects.create(
        kind="night", today=TODAY, stage=5, started_at=NOW, finished_at=NOW
    )
    world.outcome = not_renewed(by_hand, world.renewal)
    not_renewed(sponsorships_of(world.company_invoice)[0], world.renewal)
    world.after_all = Contribution.everything.filter(posting__payment=gone)[0]


def rescued(world: Any) -> None:
    """A link by which a donor hands over; a worker who waits, one to be asked, and one of
    a company whom the donor has chosen."""
    officer, owner = world._officer, world.users["owner"]
    company = Programme.objects.get(donor=world.company)
    theirs = covered_worker(order=OrderFactory(programme=company), serial=908, decided_by=officer)
    world.offer, _theirs = (
        make_link(sponsorship=row, by=owner, now=NOW) for row in (world.covered, theirs)
    )
    rows = [
        covered_worker(order=order, serial=serial, decided_by=officer)
        for order, serial in [
            (world._order(), 905),
            (world._order(), 906),
            (world._order(), 909),
            (OrderFactory(programme=company), 907),
        ]
    ]
    for row in rows:
        stop_sponsorship(sponsorship=row, by=owner, now=NOW)
    waits, world.to_ask, *given = rows
    world.place, *places = (
        waiting.join(worker=row.worker, how="called", by=officer, now=NOW)
        for row in (waits, *given)
    )
    world.take_over, _theirs = (
        choose(
            places=[place],
            terms=Terms(programme, 12, Enrollment.Relation.NEIGHBOUR),
            by=owner,
            now=NOW,
        )[0]
        for programme, place in zip((world.programme, company), reversed(places), strict=True)
    )


def bridged(world: Any) -> None:
    """An open bridge fund with money of the branch's account, whom it helped, and whom not."""
    two = [UserFactory(), UserFactory()]
    basis = Basis("Keputusan direksi", "KEP/1/2026", TODAY, world.office)
    world.bridge = propose_fund(basis=basis, by=two[0], now=NOW)
    confirm_fund(fund=world.bridge, by=two[1], now=NOW)
    told = {"office": world.office, "loses_on": TODAY}
    BridgeOutcome.everything.create(
        worker=world.by_hand.worker,
        former=world.by_hand,
        reason="parked",
        first_seen=TODAY,
        last_seen=TODAY,
        **told,
    )
    BridgeGrant.everything.create(
        fund=world.bridge,
        worker=world.covered.worker,
        former=world.covered,
        year=TODAY.year,
        contribution=Contribution.everything.filter(sponsorship=world.covered)[0],
        granted_at=NOW,
        **told,
    )
    line = banking.came_in(banking.bank_account(office=world.office), 50_000)
    world.bridge_receipt = receive(line=line, source="Yayasan", seen=0, by=two[0], now=NOW)


def not_renewed(sponsorship: Sponsorship, run: RenewalRun) -> RenewalOutcome:
    """Keep that a run could not renew a sponsorship."""
    return RenewalOutcome.everything.create(
        sponsorship=sponsorship,
        run=run,
        paid_until=TODAY,
        reason="conflict",
        first_seen=TODAY,
        last_seen=TODAY,
    )


def _payment_of(sponsorship: Any) -> Payment:
    months = Contribution.everything.filter(sponsorship=sponsorship, posting__isnull=False)
    return Payment.everything.get(pk=months.values_list("posting__payment", flat=True)[0])
