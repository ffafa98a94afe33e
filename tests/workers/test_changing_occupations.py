"""Head office's list of jobs."""

from typing import Any

import pytest

from accounts.models import AuditEvent
from tests.factories import NOW, EnrollmentFactory, OccupationFactory, officer
from workers.forms.fields import OccupationField
from workers.models import Enrollment, Occupation, Worker
from workers.services import occupations
from workers.services.occupations import JobData, OccupationChanged, OccupationKnown

pytestmark = pytest.mark.django_db


def act() -> dict[str, Any]:
    return {"by": officer("head_office"), "now": NOW}


def data(**values: Any) -> JobData:
    usual = {"name": "Penarik becak", "name_en": "Pedicab driver", "sector": "other", "order": 50}
    return JobData(**{**usual, **values})


def change(job: Occupation, seen: int = 0, **values: Any) -> None:
    occupations.change_occupation(occupation=job, data=data(**values), seen=seen, **act())


def test_a_new_job_is_offered_and_told():
    job = occupations.add_occupation(data=data(), **act())
    assert job.code == "penarik_becak"
    assert job in OccupationField().queryset
    assert AuditEvent.objects.get().after["sector"] == "other"


def test_two_jobs_do_not_have_one_name():
    job = occupations.add_occupation(data=data(), **act())
    with pytest.raises(OccupationKnown):
        occupations.add_occupation(data=data(name="PENARIK becak"), **act())
    with pytest.raises(OccupationKnown):
        change(OccupationFactory(), name=job.name)


def test_a_change_is_audited_with_what_was_and_what_is():
    job = occupations.add_occupation(data=data(), **act())
    change(job, seen=1, sector="transport", order=51)
    event = AuditEvent.objects.get(action="occupation.changed")
    assert event.before == {"sector": "other", "order": 50}
    assert event.after == {"sector": "transport", "order": 51}


def test_what_another_changed_meanwhile_is_not_overwritten():
    job = occupations.add_occupation(data=data(), **act())
    change(job, seen=1, name="Tukang becak")
    with pytest.raises(OccupationChanged):
        change(job, seen=1, name="Abang becak")
    assert Occupation.objects.get().name == "Tukang becak"


def test_another_sector_changes_nothing_that_was_handed_in_or_decided():
    job = occupations.add_occupation(data=data(), **act())
    waiting = EnrollmentFactory(occupation=job)
    decided = EnrollmentFactory(occupation=job, approved=True)
    change(job, seen=1, sector="transport")
    sectors = Enrollment.everything.filter(pk__in=[waiting.pk, decided.pk])
    assert set(sectors.values_list("sector", flat=True)) == {"other"}


def test_a_job_off_the_list_stays_with_those_who_have_it():
    job = occupations.add_occupation(data=data(), **act())
    case = EnrollmentFactory(occupation=job, approved=True)
    change(job, seen=1, is_offered=False)
    assert Worker.everything.get(pk=case.worker_id).occupation == job
    assert job not in OccupationField().queryset
    assert job in OccupationField(keep=job.pk).queryset


def test_loading_the_file_again_undoes_nothing():
    occupations.load_occupations()
    job = Occupation.objects.get(code="ojek_daring")
    change(job, name="Ojol", name_en="Rider", sector="other", order=1, is_offered=False)
    other = Occupation.objects.exclude(code=job.code).first()
    Occupation.objects.filter(pk=other.pk).update(name="Nama lama")
    assert occupations.load_occupations().written == 1
    after = Occupation.objects.get(code="ojek_daring")
    assert (after.name, after.sector, after.is_offered) == ("Ojol", "other", False)
    assert Occupation.objects.get(pk=other.pk).name == other.name
