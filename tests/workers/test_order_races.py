"""Two at once: what the database and the conditional updates refuse."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from donors.models import Donor
from regions.models import Area
from tests.factories import NOW, OrderFactory, ProgrammeFactory
from tests.workers.journey import NIK, places
from workers.entries import FORM, Entry, Terms, WorkerData
from workers.models import Enrollment, Occupation, Order
from workers.services.handing_in import AlreadyOpen
from workers.services.ordering import OrderClosed, QuotaReached, submit_order


def entry(nik: str = NIK) -> Entry:
    data = WorkerData(
        nik=nik,
        name="Joko Contoh",
        birth_date=date(1985, 8, 17),
        sex="L",
        phone="",
        village=Area.objects.get(code="1671011007"),
        occupation=Occupation.objects.get(code="asisten_rumah_tangga"),
    )
    return Entry(relation="household", name="Joko Contoh", way=FORM, data=data)


def press(orders: list[Order], niks: list[str]) -> list[str]:
    """Hand in each order in a thread of its own; tell what came of it."""

    def one(pair: tuple[Order, str]) -> str:
        order, nik = pair
        try:
            submit_order(
                order=Order.everything.get(pk=order.pk),
                terms=Terms(),
                entries=[entry(nik)],
                user=order.created_by,
                now=NOW,
            )
        except (OrderClosed, AlreadyOpen, QuotaReached) as error:
            return type(error).__name__
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(len(orders)) as pool:
        return sorted(pool.map(one, zip(orders, niks, strict=True)))


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_once_one_sends() -> None:
    places()
    order = OrderFactory(programme=ProgrammeFactory(), unsent=True)
    assert press([order, order], [NIK, NIK]) == ["OrderClosed", "sent"]
    assert Enrollment.everything.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_with_one_nik_one_is_told_the_other() -> None:
    places()
    programme = ProgrammeFactory()
    orders = [OrderFactory(programme=programme, unsent=True) for _ in range(2)]
    assert press(orders, [NIK, NIK]) == ["AlreadyOpen", "sent"]
    assert Enrollment.everything.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_a_stranger_holds_for_orders_at_once(settings) -> None:
    settings.NIK_QUOTA = 1
    places()
    programme = ProgrammeFactory()
    orders = [OrderFactory(programme=programme, unsent=True) for _ in range(2)]
    assert press(orders, [NIK, "1671011708850009"]) == ["QuotaReached", "sent"]


@pytest.mark.django_db
def test_a_trusted_donor_has_no_limit(settings) -> None:
    settings.NIK_QUOTA = 0
    places()
    order = OrderFactory(programme=ProgrammeFactory(), unsent=True)
    with pytest.raises(QuotaReached):
        submit_order(order=order, terms=Terms(), entries=[entry()], user=order.created_by, now=NOW)
    Donor.everything.update(trusted_at=NOW)
    assert submit_order(
        order=order, terms=Terms(), entries=[entry()], user=order.created_by, now=NOW
    )
