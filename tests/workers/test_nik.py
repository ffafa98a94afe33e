"""The NIK: vectors of the domain reference 4.1, and round trips of made-up ones."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workers import nik
from workers.nik import MalformedNik

TODAY = date(2026, 11, 20)
PALEMBANG = {"16", "1671", "167101"}


def parse(text: str, registered_on: date = TODAY) -> nik.Nik:
    return nik.parse(text, registered_on=registered_on)


def reason_of(text: str) -> str:
    with pytest.raises(MalformedNik) as caught:
        parse(text)
    return caught.value.reason


# --- vectors -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "birth_date", "sex", "district"),
    [
        ("1671011708850001", date(1985, 8, 17), "L", "167101"),
        ("1671015708850002", date(1985, 8, 17), "P", "167101"),
        ("1971014203890001", date(1989, 3, 2), "P", "197101"),
        ("1271016902000003", date(2000, 2, 29), "P", "127101"),
        ("1671012011610001", date(1961, 11, 20), "L", "167101"),
    ],
)
def test_a_nik_says_birth_date_sex_and_district(number, birth_date, sex, district):
    said = parse(number)
    assert (said.birth_date, said.sex, said.district_code) == (birth_date, sex, district)
    assert said.province_code == district[:2]
    assert said.regency_code == district[:4]
    assert said.serial == number[-4:]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("1671013508850001", "birth_date_impossible"),  # day 35
        ("1671012902010001", "birth_date_impossible"),  # 29 February 2001 and 1901
        ("1671010008850001", "birth_date_impossible"),
        ("1671013208850001", "birth_date_impossible"),
        ("1671014008850001", "birth_date_impossible"),
        ("1671017208850001", "birth_date_impossible"),
        ("1671019908850001", "birth_date_impossible"),
        ("1671011700850001", "birth_date_impossible"),
        ("1671011713850001", "birth_date_impossible"),
        ("1671013102850001", "birth_date_impossible"),
        ("1671011708850000", "serial"),
        ("", "empty"),
        (" .- ", "empty"),
        ("167101170885000", "short"),
        ("16710117088500011", "long"),
        ("16710117O8850001", "letters"),
        ("NIK1671011708850001", "letters"),
        ("1671011708850001; DROP TABLE", "letters"),
        ("١٦٧١٠١١٧٠٨٨٥٠٠٠١", "letters"),
        ("1671011708850\x001", "letters"),
        ("1,67E+15", "spreadsheet"),
        ("1.671011708850E+15", "spreadsheet"),
        ("-1671011708850001-", None),
    ],
)
def test_a_wrong_nik_is_refused_with_a_reason(number, reason):
    if reason is None:
        assert parse(number).serial == "0001"
    else:
        assert reason_of(number) == reason


def test_a_reason_is_a_sentence_that_does_not_quote_the_nik():
    with pytest.raises(MalformedNik) as caught:
        parse("1671013508850001")
    assert str(caught.value).endswith(".")
    assert "1671" not in str(caught.value)
    assert "1671" not in repr(caught.value)
    assert nik.explain(caught.value.reason) == caught.value.sentence


@pytest.mark.parametrize(
    "text",
    [
        "1671011708850001",
        " 1671 0117 0885 0001 ",
        "1671.0117.0885.0001",
        "167101-170885-0001",
        "1671\u00a00117\u20110885\u20130001",
        "\ufeff1671011708850001\u200b",
        "'1671011708850001",
        "1671011708850001\n",
    ],
)
def test_spaces_dots_and_hyphens_are_taken_out(text):
    assert nik.clean(text) == "1671011708850001"


def test_three_megabytes_of_digits_are_too_long():
    assert reason_of("1" * 3_000_000) == "long"


# --- century -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("year", "registered_on", "born"),
    [
        ("61", TODAY, 1961),
        ("99", TODAY, 1999),
        ("00", TODAY, 2000),
        ("09", TODAY, 2009),
        ("26", TODAY, 2026),
        ("27", TODAY, 1927),
        ("27", date(2027, 8, 17), 2027),
        ("99", date(1999, 12, 31), 1999),
        ("99", date(2099, 8, 16), 1999),
        ("99", date(2099, 8, 17), 2099),
    ],
)
def test_the_century_follows_from_the_day_of_registration(year, registered_on, born):
    said = parse(f"16710117 08{year} 0001", registered_on)
    assert said.birth_date == date(born, 8, 17)


def test_somebody_born_later_this_year_was_born_a_century_ago():
    assert parse("1671012111260001").birth_date == date(1926, 11, 21)
    assert parse("1671012011260001").birth_date == TODAY


def test_the_leap_day_of_2000_is_no_leap_day_of_1900():
    assert reason_of("1671012902010001") == "birth_date_impossible"
    assert parse("1671012902000001").birth_date == date(2000, 2, 29)
    with pytest.raises(MalformedNik):
        parse("1671012902000001", date(1999, 12, 31))


# --- warnings ----------------------------------------------------------------------
def codes(number: str, known: set[str] = PALEMBANG, **entered) -> list[str]:
    told = {"birth_date": date(1985, 8, 17), "sex": "L", **entered}
    found = nik.warnings(number, registered_on=TODAY, knows=known.__contains__, **told)
    assert all(str(warning.sentence).endswith(".") for warning in found)
    assert [nik.explain(w.code) for w in found] == [w.sentence for w in found]
    return [warning.code for warning in found]


def test_a_nik_that_agrees_has_no_warning():
    assert codes("1671011708850001") == []
    assert codes("1671015708850002", sex="P") == []


def test_a_corrected_birth_date_is_a_warning():
    assert codes("1671011708850001", birth_date=date(1985, 7, 18)) == ["birth_date"]


def test_another_sex_is_a_warning():
    assert codes("1671015708850002") == ["sex"]


def test_an_unknown_region_is_a_warning_and_never_a_refusal():
    for number in ("1671991708850001", "1699011708850001", "9901011708850001"):
        assert codes(number) == ["region"]


def test_everything_may_differ_at_once():
    found = codes("9901015708850001", birth_date=date(1990, 1, 1), sex="L")
    assert found == ["birth_date", "sex", "region"]


def test_what_was_not_entered_is_not_compared():
    assert codes("1671015708850001", birth_date=None, sex="") == []


def test_the_century_of_the_birth_date_is_not_compared():
    assert codes("1671011708250001", birth_date=date(1925, 8, 17)) == []
    assert codes("1671011708250001", birth_date=date(2025, 8, 17)) == []


@pytest.mark.parametrize("regency", ["9101", "9109", "9128", "9171", "9201", "9212", "9271"])
def test_old_codes_of_papua_stay_right_after_its_split(regency):
    assert codes(f"{regency}011708850001") == []


@pytest.mark.parametrize("regency", ["6404", "6405", "6406", "6410", "6473"])
def test_people_of_north_kalimantan_keep_the_code_of_east_kalimantan(regency):
    assert codes(f"{regency}011708850001") == []


def test_a_papuan_code_that_never_was_is_unknown():
    assert codes("9130011708850001") == ["region"]
    assert codes("9301991708850001") == ["region"]


def test_warnings_need_a_nik_that_is_built_right():
    with pytest.raises(MalformedNik):
        codes("1671013508850001")


# --- mask --------------------------------------------------------------------------
def test_a_mask_shows_the_last_four_digits_only():
    assert nik.mask("1671011708850001") == "************0001"


@pytest.mark.parametrize("rubbish", ["", "0001", "16710117088500012"])
def test_a_mask_of_anything_else_shows_nothing(rubbish):
    assert nik.mask(rubbish) == "*" * 16


# --- properties --------------------------------------------------------------------
births = st.dates(min_value=date(1927, 1, 1), max_value=TODAY)
regions = st.from_regex(r"\A[1-9][0-9]{5}\Z")
serials = st.integers(min_value=1, max_value=9999)


def build(region: str, born: date, sex: str, serial: int) -> str:
    day = born.day + (40 if sex == "P" else 0)
    return f"{region}{day:02}{born:%m%y}{serial:04}"


@given(regions, births, st.sampled_from("LP"), serials)
def test_every_nik_is_read_as_it_was_built(region, born, sex, serial):
    said = parse(build(region, born, sex, serial))
    assert (said.district_code, said.birth_date, said.sex) == (region, born, sex)
    assert said.serial == f"{serial:04}"


@given(regions, births, st.sampled_from("LP"), serials, st.data())
def test_signs_between_the_digits_change_nothing(region, born, sex, serial, data):
    number = build(region, born, sex, serial)
    signs = st.text(" .-\u00a0\u2013\t", max_size=2)
    spread = "".join(digit + data.draw(signs) for digit in number)
    assert nik.clean(spread) == number
    assert nik.clean(nik.clean(spread)) == number


@given(regions, births, st.sampled_from("LP"), serials, st.integers(0, 40_000))
def test_nobody_is_born_after_the_registration(region, born, sex, serial, later):
    registered_on = born + timedelta(days=later)
    said = parse(build(region, born, sex, serial), registered_on)
    assert said.birth_date <= registered_on
    assert f"{said.birth_date:%d%m%y}" == f"{born:%d%m%y}"


@given(st.text() | st.from_regex(r"\A[0-9]{16}\Z"))
def test_any_text_is_a_nik_or_refused_with_a_sentence(text):
    sentence = ""
    try:
        assert parse(text).birth_date <= TODAY
    except MalformedNik as error:
        sentence = str(error)
    assert sentence == "" or sentence.endswith(".")


@given(births, births, serials)
def test_another_birth_date_is_always_noticed(born, entered, serial):
    assume(f"{born:%d%m%y}" != f"{entered:%d%m%y}")
    assert "birth_date" in codes(build("167101", born, "L", serial), birth_date=entered)


@given(regions, births, st.sampled_from("LP"), serials)
def test_a_mask_never_tells_region_or_birth_date(region, born, sex, serial):
    masked = nik.mask(build(region, born, sex, serial))
    assert masked[:12] == "*" * 12
    assert len(masked) == 16
