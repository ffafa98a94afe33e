"""The files of `regions/data` agree with themselves and with the domain reference."""

import csv
from collections import Counter
from datetime import date

import pytest

from regions import files


@pytest.fixture(scope="module")
def regencies() -> set[str]:
    with (files.DATA / "regencies.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file)}


def test_there_are_eleven_kanwil_for_all_38_provinces_each_once():
    kanwil = [office for office in files.read_offices() if office.kind == "kanwil"]
    provinces = [code for office in kanwil for code in office.provinces]
    assert len(kanwil) == 11
    assert len(provinces) == len(set(provinces)) == 38


@pytest.mark.parametrize(
    ("kanwil", "provinces"),
    [
        ("KANWIL-SUMBAGUT", "11 12"),
        ("KANWIL-SUMBARRIAU", "13 14 21"),
        ("KANWIL-SUMBAGSEL", "15 16 17 18 19"),
        ("KANWIL-JAKARTA", "31"),
        ("KANWIL-BANTEN", "36"),
        ("KANWIL-JABAR", "32"),
        ("KANWIL-JATENG-DIY", "33 34"),
        ("KANWIL-JATIM", "35"),
        ("KANWIL-KALIMANTAN", "61 62 63 64 65"),
        ("KANWIL-SULAMA", "71 72 73 74 75 76 81 82"),
        ("KANWIL-BANUSPA", "51 52 53 91 92 93 94 95 96"),
    ],
)
def test_a_kanwil_has_the_provinces_of_the_domain_reference(kanwil, provinces):
    by_code = {office.code: office for office in files.read_offices()}
    assert set(by_code[kanwil].provinces) == set(provinces.split())


def test_every_regency_has_exactly_one_default_office(regencies):
    defaults = Counter(row.regency for row in files.read_office_areas() if row.is_default)
    assert set(defaults) == regencies
    assert set(defaults.values()) == {1}


def test_no_office_serves_a_regency_of_another_kanwil():
    offices = {office.code: office for office in files.read_offices()}
    for row in files.read_office_areas():
        office = offices[row.office]
        while office.parent:
            office = offices[office.parent]
        assert row.regency[:2] in office.provinces, row


def test_only_documented_branches_are_called_configured():
    rows = {(row.office, row.regency): row for row in files.read_office_areas()}
    assert rows["KC-MUARA-ENIM", "1612"].is_configured
    assert rows["KC-PANGKALPINANG", "1906"].is_configured
    assert rows["KC-TEGAL", "3329"].is_configured
    assert not rows["KC-PALEMBANG", "1604"].is_configured
    assert not rows["KC-BALIKPAPAN", "6471"].is_configured


def test_semarang_and_medan_have_two_branches():
    served = Counter(row.regency for row in files.read_office_areas())
    assert served["3374"] == 2
    assert served["1271"] == 2


def test_2026_has_its_17_national_holidays():
    days = [day for day, _ in files.read_holidays()]
    assert len(days) == len(set(days))
    assert sum(day.year == 2026 for day in days) == 17
    for year in (2026, 2027):
        for month, day in [(1, 1), (5, 1), (6, 1), (8, 17), (12, 25)]:
            assert date(year, month, day) in days


def test_good_friday_and_ascension_follow_from_easter():
    days = dict(files.read_holidays())
    for easter in (date(2026, 4, 5), date(2027, 3, 28)):
        assert "Paskah" in days[easter]
        assert "Wafat" in days[date.fromordinal(easter.toordinal() - 2)]
        assert "Kenaikan" in days[date.fromordinal(easter.toordinal() + 39)]
