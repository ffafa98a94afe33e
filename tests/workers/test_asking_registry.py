"""A civil registry that is connected, asked by the officer who holds the case."""

from datetime import date

import pytest
from django.db import connection

from accounts.models import ViewLog
from tests.factories import NOW, officer
from tests.workers.desk import again, held_case
from workers.models import Enrollment, IdentityAnswer
from workers.registry_lookup import Question, RegistryUnavailable, Said
from workers.registry_lookup.registry import ADAPTERS
from workers.services import asking_registry, deciding, holding

pytestmark = pytest.mark.django_db


class Double:
    """A registry that says what the test wants, and remembers what it was asked."""

    name = "uji"
    is_connected = True
    says: Said | Exception = Said("match")
    asked: list[Question] = []

    def look_up(self, question: Question) -> Said:
        self.asked.append(question)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def registry(settings, monkeypatch):
    class Fresh(Double):
        asked: list[Question] = []

    monkeypatch.setitem(ADAPTERS, "uji", Fresh)
    settings.CIVIL_REGISTRY = "uji"
    return Fresh


def ask(case, who):
    return asking_registry.ask_registry(enrollment=case, officer=who, now=NOW)


def test_its_answer_is_a_row_and_a_check(registry):
    case, holder = held_case()
    ask(case, holder)
    assert registry.asked == [Question(case.nik, case.name, case.birth_date, case.sex)]
    assert IdentityAnswer.objects.get().identity == "match"
    check = case.checks.get(kind="civil_registry")
    assert (check.outcome, check.detail["source"]) == ("ok", "uji")
    assert case.events.get(kind="officially_answered").note == "uji"
    assert (ViewLog.objects.get().what, ViewLog.objects.get().viewer) == ("nik", holder)


@pytest.mark.parametrize("says", [Said("no_match"), Said("not_found"), Said("match", dead=True)])
def test_a_mismatch_stops_the_approval(registry, says):
    registry.says = says
    case, holder = held_case()
    ask(case, holder)
    with pytest.raises(deciding.ChecksStop):
        deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)


def test_a_silent_registry_leaves_the_case_as_it_is_and_the_question_logged(registry):
    registry.says = RegistryUnavailable("down")
    case, holder = held_case()
    with pytest.raises(asking_registry.RegistrySilent):
        ask(case, holder)
    assert not IdentityAnswer.objects.exists()
    assert ViewLog.objects.count() == 1


def test_only_the_holder_asks(registry):
    case, _holder = held_case()
    with pytest.raises(holding.NotHolder):
        ask(case, officer())
    assert (registry.asked, ViewLog.objects.count()) == ([], 0)


def test_an_answer_about_data_that_was_mended_meanwhile_does_not_count(registry):
    case, holder = held_case()
    ask(case, holder)
    Enrollment.everything.filter(pk=case.pk).update(birth_date=date(1990, 1, 1))
    holding.release(enrollment=again(case), officer=holder, now=NOW)
    holding.take(enrollment=again(case), officer=holder, now=NOW)
    assert case.checks.get(kind="civil_registry").outcome == "note"


def test_unconnected_nobody_is_asked():
    case, holder = held_case()
    with pytest.raises(asking_registry.RegistryNotConnected):
        ask(case, holder)
    assert not ViewLog.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_network_stands_outside_every_transaction(registry, monkeypatch):
    blocks = []
    monkeypatch.setattr(
        registry,
        "look_up",
        lambda self, question: blocks.append(connection.in_atomic_block) or Said("match"),
    )
    case, holder = held_case()
    ask(case, holder)
    assert blocks == [False]
