"""What the civil registry and the core system said, as checks on a case."""

from datetime import date, timedelta

import pytest

from tests.factories import NOW
from tests.workers.checkfiles import CORE, REGISTRY, answer, released
from tests.workers.desk import again, held_case, sound_case
from workers.checktexts import read_check
from workers.models import Enrollment, IdentityAnswer
from workers.official_selectors import identity_index
from workers.registry_lookup import Question, RegistryUnavailable, UnknownRegistry, civil_registry
from workers.services import deciding
from workers.services.checking import make_checks

pytestmark = pytest.mark.django_db


def told(case, kind):
    """Return a check's outcome and its sentence, as the officer reads it."""
    checks = {check.kind: check for check in make_checks(enrollment=again(case), now=NOW)}
    return checks[kind].outcome, read_check(checks[kind], again(case), NOW.date()).sentence


def of_registry(case, said):
    batch = answer(released(case, target=REGISTRY), said)
    return f"Jawaban {batch.number}, 20-11-2026"


def of_core(case, said):
    batch = answer(released(case, target=CORE), said)
    return f"Jawaban {batch.number}, 20-11-2026"


def change(case, **columns):
    Enrollment.everything.filter(pk=case.pk).update(**columns)


# --- nobody asked ----------------------------------------------------------------------------
def test_without_a_registry_nobody_claims_that_a_nik_exists():
    outcome, sentence = told(sound_case(), "civil_registry")
    assert (outcome, sentence) == (
        "info",
        "Belum terhubung ke data kependudukan: belum ada yang memastikan NIK ini.",
    )
    assert told(sound_case(), "core_member") == ("info", "Belum ditanyakan ke sistem inti.")


def test_the_default_registry_asks_nobody():
    registry = civil_registry()
    assert (registry.name, registry.is_connected) == ("not_connected", False)
    with pytest.raises(RegistryUnavailable):
        registry.look_up(Question("1671014203890001", "Siti", date(1989, 3, 2), "P"))


def test_a_registry_that_is_not_built_in_is_no_registry(settings):
    settings.CIVIL_REGISTRY = "guess"
    with pytest.raises(UnknownRegistry):
        civil_registry()


def test_an_unasked_case_can_be_approved():
    case, holder = held_case()
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert again(case).status == "approved"


# --- the civil registry ------------------------------------------------------------------------
def test_a_match_names_its_source_and_day():
    case = sound_case()
    source = of_registry(case, {"identitas": "cocok", "meninggal": "tidak"})
    assert told(case, "civil_registry") == (
        "ok",
        f"NIK, nama, dan tanggal lahir cocok. {source}.",
    )


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ({"identitas": "tidak cocok"}, "Tidak cocok dengan data kependudukan."),
        ({"identitas": "tidak ditemukan"}, "NIK tidak ditemukan."),
        ({"identitas": "cocok", "meninggal": "ya"}, "Tercatat meninggal."),
    ],
)
def test_another_person_nobody_and_the_dead_stop_the_approval(said, begins):
    case = sound_case()
    of_registry(case, said)
    outcome, sentence = told(case, "civil_registry")
    assert outcome == "stop"
    assert sentence.startswith(begins)


def test_a_mended_case_is_to_be_asked_anew():
    case = sound_case()
    of_registry(case, {"identitas": "tidak cocok"})
    change(case, birth_date=date(1989, 3, 3))
    outcome, sentence = told(case, "civil_registry")
    assert (outcome, "Tanyakan lagi" in sentence) == ("note", True)


def test_case_and_spaces_of_a_name_are_the_same_name():
    case = sound_case(name="Siti Contoh")
    of_registry(case, {"identitas": "cocok"})
    change(case, name="SITI  CONTOH")
    assert told(case, "civil_registry")[0] == "ok"


def test_a_death_stays_with_its_nik_whatever_else_is_mended():
    case = sound_case()
    of_registry(case, {"identitas": "cocok", "meninggal": "ya"})
    change(case, name="Nama Lain")
    assert told(case, "civil_registry")[0] == "stop"
    change(case, nik_index="another")
    assert told(case, "civil_registry")[0] == "note"


def test_the_last_word_of_the_registry_counts_wherever_it_came_from():
    case, holder = held_case()
    of_registry(case, {"identitas": "tidak cocok"})
    IdentityAnswer.objects.create(
        enrollment=case,
        source="uji",
        nik_index=case.nik_index,
        claim_index=identity_index(case),
        identity="match",
        asked_by=holder,
        answered_at=NOW + timedelta(minutes=1),
    )
    assert told(case, "civil_registry") == (
        "ok",
        "NIK, nama, dan tanggal lahir cocok. Jawaban uji, 20-11-2026.",
    )


# --- the core system ---------------------------------------------------------------------------
def test_a_member_is_paid_by_another_source_until_his_last_day():
    case = sound_case()
    source = of_core(case, {"identitas": "cocok", "aktif_sampai": "20-11-2026"})
    assert told(case, "core_member") == (
        "note",
        f"Dibayar sumber lain s.d. 20-11-2026. {source}.",
    )


@pytest.mark.parametrize(
    ("said", "outcome", "begins"),
    [
        ({"identitas": "cocok", "karyawan": "ya"}, "stop", "Aktif sebagai penerima upah: wajib PU"),
        ({"identitas": "cocok", "meninggal": "ya"}, "stop", "Tercatat meninggal di sistem inti"),
        ({"identitas": "cocok", "aktif_sampai": "19-11-2026"}, "ok", "Pernah peserta"),
        ({"identitas": "tidak ditemukan"}, "ok", "Bukan peserta aktif"),
        ({"identitas": "tidak cocok"}, "note", "NIK ini tercatat atas data lain"),
    ],
)
def test_each_word_of_the_core_has_its_outcome(said, outcome, begins):
    case = sound_case()
    of_core(case, said)
    found = told(case, "core_member")
    assert found[0] == outcome
    assert found[1].startswith(begins)


def test_the_core_was_asked_about_a_nik_and_about_no_other():
    case = sound_case()
    of_core(case, {"identitas": "cocok", "karyawan": "ya"})
    change(case, name="Nama Lain")
    assert told(case, "core_member")[0] == "stop"
    change(case, nik_index="another")
    assert told(case, "core_member")[0] == "info"


def test_one_source_does_not_answer_for_the_other():
    case = sound_case()
    of_core(case, {"identitas": "cocok"})
    assert told(case, "civil_registry")[0] == "info"
