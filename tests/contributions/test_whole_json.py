"""What JSON says about money is whole: an int, never a float, a text or a bool."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from contributions.models import Allocation, BooksCheck, Contribution, CreditUse, RenewalAsk
from contributions.services import refunding
from contributions.services.proving import prove_books
from contributions.services.renewing import renew
from contributions.services.spending import spend_credit
from payments.books import totals_by_kind
from payments.models import ProviderEvent, Refund
from tests.contributions.builders import few_prices
from tests.contributions.refund_stories import overpaid, treasurer
from tests.contributions.rows import at, sponsored
from tests.factories import NOW, TODAY, EnrollmentFactory

pytestmark = pytest.mark.django_db

#: Columns with figures of money, and the names under which they stand.
MONEY = {
    "contributions.Allocation.lines": {"amount", "months"},
    "contributions.BooksCheck.identity": {
        "received",
        "months",
        "credit",
        "funds",
        "refunds",
        "fees",
        "not_allocated",
        "waiting",
        "places",
    },
    "contributions.CreditUse.lines": {"amount", "months"},
    "contributions.RenewalAsk.dearer": {"amount", "held"},
    "payments.ProviderEvent.answer": {"amount", "refunded"},
    "payments.Refund.months": {"amount"},
}
#: Columns that are looked at elsewhere, or say nothing of money.
OTHERS = {
    "contributions.BooksCheck.findings",
    "contributions.CertificateBatch.sponsorships",
    "contributions.RenewalChunk.counts",
    "contributions.RenewalRun.counts",
    "contributions.TariffChange.effect",
    "contributions.TariffChange.rows",
    "payments.BankAccount.columns",
    "payments.ClosedMonth.totals",
    "payments.SandboxDelivery.body",
}


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a JSON document with the outermost name that it stands under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, name or key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


def broken(document: Any, names: set[str]) -> list[tuple[str, Any]]:
    """What of a document is a figure and no whole number, or a float of any kind."""
    found = list(leaves(document))
    assert names <= {name for name, _value in found}
    return [
        (name, value)
        for name, value in found
        if isinstance(value, float) or (name in names and type(value) is not int)
    ]


def test_every_json_column_of_the_money_rooms_is_known():
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"payments", "contributions"}
        for field in model._meta.local_fields
        if isinstance(field, models.JSONField)
    }
    assert columns == set(MONEY) | OTHERS


@pytest.fixture
def _money_everywhere():
    """A donor pays too much, his credit buys months, and he wants some of them back."""
    few_prices()
    overpaid()
    assert spend_credit(now=NOW)["months"]
    ahead = Contribution.everything.filter(covered_from__gt=TODAY, status="paid")
    refunding.ask_for_months(
        months=list(ahead.order_by("-month").values_list("pk", flat=True)[:2]),
        reason="pekerja yang salah",
        by=treasurer(),
        now=NOW,
    )
    prove_books(occasion="hand", now=NOW)


def asked_for_more() -> Any:
    """What a renewal keeps of a worker whose relief has ended."""
    case = EnrollmentFactory(approved=True, months=3)
    sponsored(date(2026, 10, 20), 1, case=case, price=(5_000, 3_400))
    renew(today=date(2026, 11, 10), now=at(date(2026, 11, 10), 1))
    return RenewalAsk.objects.exclude(dearer=[]).get().dearer


@pytest.mark.usefixtures("_money_everywhere")
def test_every_figure_of_money_in_json_is_a_whole_number():
    kept = {
        "contributions.Allocation.lines": Allocation.objects.get().lines,
        "contributions.BooksCheck.identity": BooksCheck.objects.get().identity,
        "contributions.CreditUse.lines": CreditUse.objects.get().lines,
        "contributions.RenewalAsk.dearer": asked_for_more(),
        "payments.ProviderEvent.answer": ProviderEvent.objects.get().answer,
        "payments.Refund.months": Refund.everything.get().months,
    }
    assert {column: broken(kept[column], names) for column, names in MONEY.items()} == {
        column: [] for column in MONEY
    }
    totals = totals_by_kind(before=NOW + timedelta(days=1))
    assert totals["payable"] > 0
    assert broken(totals, set(totals)) == []


@pytest.mark.usefixtures("_money_everywhere")
def test_the_public_proof_gives_whole_numbers(client):
    answer = client.get(reverse("proof_json")).json()
    assert broken(answer, {"money_in", "whose", "where", "waiting_for_bpjs"}) == []
    assert answer["money_in"] == sum(answer["whose"].values()) > 0


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_the_test_finds_what_it_looks_for(value):
    assert broken({"amount": value}, {"amount"}) == [("amount", value)]
    assert broken([{"amount": 1}, {"amount": 2}], {"amount"}) == []
