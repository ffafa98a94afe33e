"""The pages of the figures: who reads them, and that they say what they count."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from bricks.clock import noon
from bricks.tables import safe_cell
from dashboards import figure_files
from dashboards.models import OfficialFigure
from dashboards.services import load_figures, rebuild_dashboards
from regions.models import Office
from tests.dashboards import world
from tests.factories import NOW, TODAY, DonorFactory, KanwilFactory, ProvinceFactory, officer

pytestmark = pytest.mark.django_db
URLS = {
    "dashboard": [],
    "dashboard_csv": [],
    "dashboard_ending": [world.PALEMBANG],
}


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(noon(TODAY), tick=False):
        yield


@pytest.fixture
def filled():
    """Two provinces with figures: three covered in the south, one on the islands."""
    world.areas()
    load_figures(
        figures=figure_files.read_official_figures(),
        targets=figure_files.read_targets(),
        now=NOW,
    )
    joko = world.worker(name="Joko Susilo Wibowo")
    world.buy(world.sponsorship(joko), date(2026, 9, 1), 3)
    world.buy(world.sponsorship(world.worker()), date(2026, 8, 20), 12)
    world.buy(world.sponsorship(world.worker(world.MUARA_ENIM)), date(2026, 11, 1), 12)
    world.buy(world.sponsorship(world.worker(world.PANGKALPINANG)), date(2026, 1, 1), 12)
    rebuild_dashboards(today=TODAY, now=noon(TODAY))


@pytest.fixture
def admin(client, filled):
    client.force_login(officer("regional_admin"))
    return client


def page(client, province=""):
    response = client.get(reverse("dashboard"), {"provinsi": province} if province else {})
    assert response.status_code == 200
    return response.content.decode()


# --- who may see what ------------------------------------------------------------------
@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("kind", ["donor", "branch_officer", "branch_supervisor", "treasurer"])
def test_those_without_such_a_role_are_refused(client, filled, name, kind):
    client.force_login(DonorFactory().person if kind == "donor" else officer(kind))
    assert client.get(reverse(name, args=URLS[name])).status_code == 403


@pytest.mark.parametrize("name", URLS)
def test_an_auditor_of_a_branch_has_no_provinces(client, filled, name):
    branch = Office.objects.get(code="TEST-PALEMBANG")
    client.force_login(officer("auditor", office=branch))
    assert client.get(reverse(name, args=URLS[name])).status_code == 404


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("kind", ["regional_admin", "head_office", "auditor"])
def test_the_kanwil_head_office_and_auditors_may_look(client, filled, name, kind):
    client.force_login(officer(kind))
    assert client.get(reverse(name, args=URLS[name])).status_code == 200


@pytest.mark.parametrize("name", URLS)
def test_a_stranger_is_sent_to_the_sign_in(client, filled, name):
    response = client.get(reverse(name, args=URLS[name]))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", URLS)
def test_the_pages_only_read(admin, name):
    assert admin.post(reverse(name, args=URLS[name])).status_code == 405


def test_another_kanwils_province_reads_404(client, filled):
    ProvinceFactory(code="32", name="Jawa Barat")
    other = KanwilFactory(code="TEST-OTHER", name="Kanwil lain")
    other.kanwil_provinces.create(province_id="32")
    client.force_login(officer("regional_admin", office=other))
    assert client.get(reverse("dashboard"), {"provinsi": "16"}).status_code == 404
    assert client.get(reverse("dashboard_csv"), {"provinsi": "16"}).status_code == 404
    assert client.get(reverse("dashboard_ending", args=[world.PALEMBANG])).status_code == 404
    assert "Sumatera Selatan" not in page(client)


@pytest.mark.parametrize("province", ["99", "1671", "x", "16' OR 1=1"])
def test_a_province_that_is_none_reads_404(admin, province):
    assert admin.get(reverse("dashboard"), {"provinsi": province}).status_code == 404


def test_a_regency_that_is_none_reads_404(admin):
    assert admin.get(reverse("dashboard_ending", args=["16"])).status_code == 404


def test_a_role_that_has_ended_opens_nothing(client, filled):
    user = officer("regional_admin")
    user.roles.update(ended_at=NOW)
    client.force_login(user)
    assert client.get(reverse("dashboard")).status_code == 403


# --- what a page says --------------------------------------------------------------------
def test_the_portals_figure_stands_beside_bpjss_own_with_source_and_day(admin):
    html = page(admin, "16")
    assert "pekerja terlindungi melalui portal" in html
    assert "sebagian dari BPU" in html
    assert "9,83" in html
    assert "2.970.000" in html
    assert "butir S2; tanpa tanggal, dicatat 20 Nov 2026" in html
    assert "Dihitung 20 November 2026 pukul 12.00" in html


def test_a_base_above_the_population_is_shown_with_a_warning(admin):
    html = page(admin, "16")
    assert "Dasar hitung lebih besar dari jumlah penduduk" in html
    assert "9.064.690" in html
    assert "Dasar hitung lebih besar" not in page(admin, "19")


def test_a_coverage_above_everybody_is_shown_with_a_warning(admin):
    OfficialFigure.objects.filter(area="16").update(active=31_000_000)
    assert "Cakupan lebih dari 100" in page(admin, "16")


def test_a_gap_is_told_in_points_and_people_are_never_invented(admin):
    html = page(admin, "19")
    assert "Kurang 22 poin persentase." in html
    assert "Jumlah orangnya belum diketahui." in html
    OfficialFigure.objects.filter(area="19", precision="noted").update(active=330, base=1000)
    assert "Itu 220 orang." in page(admin, "19")


def test_history_keeps_the_figures_that_fell(admin):
    html = page(admin, "19")
    assert [html.find(p) > 0 for p in ("42,90", "31,93", "33")] == [True] * 3
    assert "29.040" in html  # PU + BPU of the city, from one source and day
    assert "41,23" in html


def test_the_overview_adds_the_provinces_up(admin):
    html = page(admin)
    assert '<p class="tile-figure">4</p>' in html
    assert "Kanwil Sumatera Bagian Selatan" in html
    assert "Peta provinsi" not in html


def test_head_office_sees_the_map_of_all_provinces(client, filled):
    client.force_login(officer("head_office"))
    html = page(client)
    assert "Peta provinsi" in html
    assert "<title>Sumatera Selatan: 3</title>" in html
    assert "Peta provinsi" not in page(client, "16")


def test_every_point_of_the_trend_says_its_figure(admin):
    html = page(admin, "16")
    assert html.count("<title>") >= 13
    assert "Nov ’26: 3</title>" in html


def test_a_page_needs_no_style_or_script_of_its_own(admin):
    for province in ("", "16"):
        html = page(admin, province)
        assert "style=" not in html
        assert "<script>" not in html


def test_before_the_first_roll_up_the_page_says_so(client):
    world.areas()
    client.force_login(officer("regional_admin"))
    assert "Angka belum dihitung" in page(client)
    assert client.get(reverse("dashboard_csv")).status_code == 404


def test_the_statements_do_not_grow_with_areas_and_workers(admin, django_assert_max_num_queries):
    page(admin)
    with django_assert_max_num_queries(12) as few:
        page(admin)
    for regency in [*world.VILLAGES] * 3:
        world.cover(world.worker(regency), date(2026, 5, 1), date(2026, 12, 1))
    rebuild_dashboards(today=TODAY, now=noon(TODAY))
    with django_assert_max_num_queries(len(few)):
        page(admin)


# --- the cases behind a figure --------------------------------------------------------------
def test_the_list_counts_the_same_people_and_masks_their_names(admin):
    html = admin.get(reverse("dashboard_ending", args=[world.PALEMBANG])).content.decode()
    assert "Joko W." in html
    assert "Susilo" not in html
    assert html.count('<th scope="row">') == 1
    assert "1 Sep 2026 – 30 Nov 2026" in html
    assert "Kantor Cabang Palembang" in html


def test_a_regency_without_such_cases_says_so(admin):
    html = admin.get(reverse("dashboard_ending", args=[world.MUARA_ENIM])).content.decode()
    assert "Tidak ada yang berakhir" in html


def test_the_list_takes_the_same_statements_for_one_and_for_many(
    admin, django_assert_max_num_queries
):
    url = reverse("dashboard_ending", args=[world.PALEMBANG])
    with django_assert_max_num_queries(10) as few:
        admin.get(url)
    for _ in range(12):
        world.cover(world.worker(), date(2026, 5, 1), TODAY + timedelta(days=5))
    with django_assert_max_num_queries(len(few)):
        html = admin.get(url).content.decode()
    assert html.count('<th scope="row">') == 13


# --- the file ---------------------------------------------------------------------------------
def test_the_file_holds_what_the_page_shows(admin):
    response = admin.get(reverse("dashboard_csv"), {"provinsi": "16"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="angka-wilayah-16.csv"' in response["Content-Disposition"]
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Bagian;Wilayah;Kode;Per;Ukuran;Nilai;Sumber;Kepastian"
    assert any(";Kota Palembang;1671;2026-11-20;Terlindungi;2;" in line for line in lines)
    assert any(";Sumatera Selatan;16;2026-11;Terlindungi;3;" in line for line in lines)
    assert any("Cakupan (persen): Semua segmen;9,83;" in line for line in lines)
    assert not any("Pangkal" in line for line in lines)


@pytest.mark.parametrize("text", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (-3, "-3"), ("Kota Palembang",) * 2])
def test_numbers_and_plain_texts_stay_themselves(value, cell):
    assert safe_cell(value) == cell


def test_a_source_that_looks_like_a_formula_is_disarmed(admin):
    OfficialFigure.objects.filter(area="16").update(source="=HYPERLINK(1)")
    content = admin.get(reverse("dashboard_csv"), {"provinsi": "16"}).content.decode("utf-8-sig")
    assert ";'=HYPERLINK(1);" in content
