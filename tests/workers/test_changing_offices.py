"""Head office's changes of the table of offices: what becomes so, what is refused, what is told."""

from typing import Any

import pytest

from accounts.models import AuditEvent
from regions import services as loading
from regions.models import KanwilProvince, Office, OfficeArea, OfficeException
from regions.office_csv import write_offices
from regions.office_table import Row, current_table
from tests.factories import NOW, officer
from workers.services import offices
from workers.services.offices import BreaksRule, OfficesChanged, TakenByAnother

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("three_provinces_for_module")]


def office(code: str) -> Office:
    return Office.objects.get(code=code)


def by() -> dict[str, Any]:
    return {"by": officer("head_office"), "now": NOW}


def seen(code: str) -> dict[str, Any]:
    """An office as its page shows it now, with who acts."""
    found = office(code)
    return {"office": found, "seen": found.version, **by()}


def branch(**values: str) -> Row:
    usual = {"name": "Kantor Cabang Lahat", "kind": "kc", "parent": "KANWIL-SUMBAGSEL"}
    return Row(**{**usual, "city": "Lahat", "phone": "175", **values})


# --- an office ---------------------------------------------------------------------
def test_a_new_branch_gets_a_code_of_its_kind_and_city():
    made = offices.create_office(row=branch(), **by())
    assert (made.code, made.parent.code, made.is_open) == ("KC-LAHAT", "KANWIL-SUMBAGSEL", True)
    assert offices.create_office(row=branch(), **by()).code == "KC-LAHAT-2"
    event = AuditEvent.objects.filter(action="office.created").first()
    assert (event.object_id, event.after["name"]) == (str(made.pk), "Kantor Cabang Lahat")


@pytest.mark.parametrize(
    "values",
    [{"parent": "KC-PALEMBANG"}, {"kind": "kcp"}, {"parent": ""}, {"name": ""}, {"city": ""}],
)
def test_a_branch_in_the_wrong_place_is_refused(values):
    with pytest.raises(BreaksRule):
        offices.create_office(row=branch(**values), **by())
    assert not Office.objects.filter(code__contains="LAHAT").exists()


def test_a_change_is_audited_with_what_was_and_what_is():
    found = office("KC-PALEMBANG")
    row = branch(name=found.name, city=found.city, address="Jalan Baru 1", phone="0711 123")
    offices.change_office(row=row, **seen("KC-PALEMBANG"))
    assert office("KC-PALEMBANG").address == "Jalan Baru 1"
    event = AuditEvent.objects.get(action="office.changed")
    assert event.before == {"phone": "175"}
    assert event.after == {"address": "Jalan Baru 1", "phone": "0711 123"}
    assert event.office == found


def test_the_same_change_again_writes_nothing():
    found = office("KC-PALEMBANG")
    row = branch(name=found.name, city=found.city)
    assert offices.change_office(row=row, **seen("KC-PALEMBANG")) == []
    assert office("KC-PALEMBANG").version == 0
    assert not AuditEvent.objects.exists()


def test_what_another_changed_meanwhile_is_not_overwritten():
    old = seen("KC-PALEMBANG")
    offices.change_office(row=branch(name="Satu"), **seen("KC-PALEMBANG"))
    with pytest.raises(OfficesChanged):
        offices.change_office(row=branch(name="Dua"), **old)
    assert office("KC-PALEMBANG").name == "Satu"


# --- its areas ---------------------------------------------------------------------
def test_a_province_moves_from_the_kanwil_that_the_editor_saw():
    act = seen("KANWIL-SUMBAGUT")
    act["kanwil"] = act.pop("office")
    with pytest.raises(OfficesChanged):
        offices.take_province(province="19", former="KANWIL-JATIM", **act)
    offices.take_province(province="19", former="KANWIL-SUMBAGSEL", **act)
    assert KanwilProvince.objects.get(province="19").office == office("KANWIL-SUMBAGUT")
    told = AuditEvent.objects.filter(action="office.changed").values_list("before", "after")
    assert ({"province 19": "yes"}, {}) in list(told)


def test_a_default_leaves_the_former_office_which_keeps_serving():
    offices.make_default(regency="1271", former="KC-MEDAN-KOTA", **seen("KC-MEDAN-UTARA"))
    rows = OfficeArea.objects.filter(regency="1271").order_by("office__code")
    assert [(r.office.code, r.is_default) for r in rows] == [
        ("KC-MEDAN-KOTA", False),
        ("KC-MEDAN-UTARA", True),
    ]
    assert office("KC-MEDAN-KOTA").version == 1


@pytest.mark.parametrize(
    ("regency", "former"), [("1271", "KC-KISARAN"), ("1671", "KC-PALEMBANG"), ("1271", "")]
)
def test_a_default_that_is_another_by_now_or_is_not_served_is_refused(regency, former):
    with pytest.raises(OfficesChanged):
        offices.make_default(regency=regency, former=former, **seen("KC-MEDAN-UTARA"))


def test_an_office_serves_another_regency_without_taking_its_default():
    offices.serve(regency="1604", is_configured=True, **seen("KC-MUARA-ENIM"))
    row = OfficeArea.objects.get(office=office("KC-MUARA-ENIM"), regency="1604")
    assert (row.is_default, row.is_configured) == (False, True)
    offices.serve(regency="1604", is_configured=True, **seen("KC-PALEMBANG"))
    row = OfficeArea.objects.get(office=office("KC-PALEMBANG"), regency="1604")
    assert (row.is_default, row.is_configured) == (True, True)


@pytest.mark.parametrize("regency", ["1671", "1271"])
def test_the_default_of_a_regency_does_not_just_go(regency):
    code = "KC-PALEMBANG" if regency == "1671" else "KC-MEDAN-KOTA"
    with pytest.raises(BreaksRule):
        offices.stop_serving(regency=regency, **seen(code))
    assert OfficeArea.objects.filter(regency=regency, is_default=True).exists()


def test_an_office_that_is_no_default_may_stop():
    offices.stop_serving(regency="1271", **seen("KC-MEDAN-UTARA"))
    offices.stop_serving(regency="1271", **seen("KC-MEDAN-UTARA"))
    assert OfficeArea.objects.get(regency="1271").office == office("KC-MEDAN-KOTA")


def test_a_district_moves_only_once_its_office_is_seen():
    offices.take_area(area="127101", former="", **seen("KC-MEDAN-UTARA"))
    with pytest.raises(TakenByAnother) as refusal:
        offices.take_area(area="127101", former="", **seen("KC-KISARAN"))
    assert refusal.value.former == "KC-MEDAN-UTARA"
    offices.take_area(area="127101", former="KC-MEDAN-UTARA", **seen("KC-KISARAN"))
    assert OfficeException.objects.get(area="127101").office == office("KC-KISARAN")
    offices.give_back(area="127101", **seen("KC-KISARAN"))
    assert not OfficeException.objects.exists()


def test_a_kanwil_serves_no_district():
    with pytest.raises(BreaksRule):
        offices.take_area(area="127101", former="", **seen("KANWIL-SUMBAGUT"))


# --- a file ------------------------------------------------------------------------
def test_a_file_is_done_whole_once_it_was_previewed():
    table = current_table()
    text = write_offices(table).replace("Kantor Cabang Kisaran", "Kantor Cabang Asahan")
    act = {"content": text.encode(), "seen": table.fingerprint, **by()}
    found = offices.import_offices(**act)
    assert {change.office for change in found} == {"KC-KISARAN"}
    assert office("KC-KISARAN").name == "Kantor Cabang Asahan"
    assert AuditEvent.objects.get().before == {"name": "Kantor Cabang Kisaran"}
    assert offices.import_offices(**act) == []


def test_a_file_that_was_previewed_before_a_change_is_refused():
    table = current_table()
    text = write_offices(table).replace("Kantor Cabang Kisaran", "Kantor Cabang Asahan")
    offices.change_office(row=branch(name="Satu"), **seen("KC-PALEMBANG"))
    with pytest.raises(OfficesChanged):
        offices.import_offices(content=text.encode(), seen=table.fingerprint, **by())
    assert office("KC-KISARAN").name == "Kantor Cabang Kisaran"


def test_a_file_with_a_new_branch_above_an_old_one_is_written_in_order():
    table = current_table()
    text = write_offices(table)
    new = "KC-BARU;Baru;kc;KANWIL-BANUSPA;Ende;;175;ya;;;;\r\n"
    text = text.replace("kcp;KC-KUPANG;Ende", "kcp;KC-BARU;Ende") + new
    offices.import_offices(content=text.encode(), seen=table.fingerprint, **by())
    assert office("KCP-ENDE").parent == office("KC-BARU")


def test_loading_the_files_again_undoes_nothing():
    offices.create_office(row=branch(), **by())
    offices.serve(regency="1604", is_configured=True, **seen("KC-LAHAT"))
    offices.make_default(regency="1604", former="KC-PALEMBANG", **seen("KC-LAHAT"))
    offices.stop_serving(regency="1604", **seen("KC-PALEMBANG"))
    offices.take_area(area="127101", former="", **seen("KC-MEDAN-UTARA"))
    act = seen("KANWIL-SUMBAGUT")
    act["kanwil"] = act.pop("office")
    offices.take_province(province="19", former="KANWIL-SUMBAGSEL", **act)
    before = current_table()
    loading.load_offices()
    assert current_table().fingerprint == before.fingerprint
