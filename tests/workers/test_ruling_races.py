"""Two officers rule on one pair at once, on both engines: one word stands."""

from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from bricks.engine import is_postgres
from tests.factories import NOW
from tests.workers.desk import held_case
from tests.workers.test_deciding_races import at_once
from workers.models import DuplicateRuling, EnrollmentEvent
from workers.services import ruling
from workers.services.checking import make_checks

pytestmark = pytest.mark.django_db(transaction=True)


def facing_cases() -> list[partial[Any]]:
    """Two cases in two hands, each the other's twin; one officer says so, the other not."""
    first, holder = held_case(name="Suwarno")
    second, other = held_case(name="Soewarno")
    for case in (first, second):
        make_checks(enrollment=case, now=NOW)
    return [
        partial(
            ruling.rule,
            enrollment=case,
            officer=who,
            twin=f"case-{twin.pk}",
            verdict=verdict,
            now=NOW,
        )
        for case, who, twin, verdict in (
            (first, holder, second, "same"),
            (second, other, first, "different"),
        )
    ]


def test_of_two_different_words_at_once_one_stands_and_the_other_reads_a_sentence():
    results = at_once(*facing_cases())
    stands = DuplicateRuling.objects.get()
    lost = [result for result in results if isinstance(result, ruling.RuledOtherwise)]
    assert len(lost) == 1
    assert lost[0].ruling.pk == stands.pk
    told = EnrollmentEvent.objects.filter(kind__startswith="ruled_")
    assert [event.kind for event in told] == [f"ruled_{stands.verdict}"]


def test_a_double_click_rules_once():
    press, _other = facing_cases()
    results = at_once(press, press)
    assert {result.pk for result in results} == {DuplicateRuling.objects.get().pk}
    assert EnrollmentEvent.objects.filter(kind="ruled_same").count() == 1


@pytest.mark.skipif(not is_postgres(connection), reason="SQLite lets in one writer at a time")
def test_without_the_guard_the_second_word_would_crash(monkeypatch: pytest.MonkeyPatch):
    acts = facing_cases()
    both_asked = Barrier(2)

    def ask_then_write(rows: Any, defaults: dict[str, Any], **pair: str) -> Any:
        assert not rows.filter(**pair).exists()
        both_asked.wait(timeout=20)
        return rows.create(**pair, **defaults), True

    monkeypatch.setattr(QuerySet, "get_or_create", ask_then_write)
    with pytest.raises(IntegrityError, match="ruling_once_per_pair"):
        at_once(*acts)
