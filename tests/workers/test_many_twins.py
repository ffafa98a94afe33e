"""Twins of many people at once are those of each one alone, with few questions."""

from datetime import date, timedelta

import pytest

from tests.factories import AreaFactory, EnrollmentFactory, WorkerFactory
from workers import duplicate_selectors
from workers.duplicate_selectors import Asked, likely_twins, twins_of

pytestmark = pytest.mark.django_db

BORN = date(1985, 8, 17)
NAMES = ["Suwarno", "Siti Nur Hayati", "Muhammad Yusuf", "Budi Santoso", "Dwi Lestari", "Ali"]
SPELT = ["Soewarno", "Sitinurhayati", "M. Jusuf", "Budi Santosa", "Dewi Lestari", "Aly"]


def registry_and_lists():
    """Workers in two regencies, and cases of people spelt otherwise or born a digit off."""
    places = [AreaFactory(), AreaFactory(code="5171011001", name="Desa Jauh")]
    for number, name in enumerate(NAMES):
        born = BORN + timedelta(days=400 * number)
        WorkerFactory(name=name, birth_date=born, village=places[number % 2])
    cases = []
    for number, name in enumerate(SPELT):
        born = BORN + timedelta(days=400 * number)
        for place in places:
            cases.append(EnrollmentFactory(name=name, birth_date=born, sex="L", village=place))
            slip = {"name": NAMES[number], "birth_date": born.replace(year=born.year + 1)}
            cases.append(EnrollmentFactory(**slip, sex="L", village=place))
    return cases


def asked_about(cases):
    return [Asked.of(case.pk, case) for case in cases]


def test_the_same_pairs_with_the_same_scores_as_one_by_one():
    cases = registry_and_lists()
    together = {(t.key, t.worker, t.score) for t in likely_twins(asked_about(cases))}
    alone = {(t.key, t.worker, t.score) for case in cases for t in twins_of(case) if t.worker}
    assert together == alone
    assert len(together) >= len(NAMES)


def test_a_pair_comes_once_though_both_keys_find_it():
    WorkerFactory(name="Suwarno", birth_date=BORN)
    case = EnrollmentFactory(name="Suwarno", birth_date=BORN, sex="L")
    assert len(list(likely_twins(asked_about([case])))) == 1


def test_the_very_same_nik_is_left_to_the_exact_check():
    worker = WorkerFactory(name="Suwarno", birth_date=BORN)
    assert list(likely_twins(asked_about([EnrollmentFactory(of=worker)]))) == []


def test_people_without_a_name_a_date_or_a_village_are_asked_about_by_what_is_there():
    WorkerFactory(name="Suwarno", birth_date=BORN)
    bare = {"nik": "", "nik_index": "", "village": None, "occupation": None, "sector": "other"}
    cases = [
        EnrollmentFactory(awaiting_consent=True, name="", birth_date=None, **bare),
        EnrollmentFactory(awaiting_consent=True, name="Suwarno", birth_date=None, **bare),
        EnrollmentFactory(awaiting_consent=True, name="Suwarno", birth_date=BORN, sex="L", **bare),
    ]
    assert [twin.key for twin in likely_twins(asked_about(cases))] == [cases[2].pk]


def test_bites_bound_the_questions(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(duplicate_selectors, "BITE", 4)
    cases = registry_and_lists()
    asked = asked_about(cases)
    # 24 people: six bites by birth date; two regencies of three bites each by name.
    with django_assert_num_queries(12):
        list(likely_twins(asked))
    assert list(likely_twins([])) == []
