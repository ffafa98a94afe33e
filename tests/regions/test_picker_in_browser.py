"""The village picker in Chromium, with JavaScript and without."""

import pytest
from axe_playwright_python.sync_playwright import Axe

LOROK_PAKJO = "1671041002"
SERIOUS = {"serious", "critical"}
LISTS = [("16", "Provinsi"), ("1671", "Kabupaten atau kota"), ("167104", "Kecamatan")]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("three_provinces")]


@pytest.fixture(autouse=True)
def _page_with_pickers(settings) -> None:
    settings.ROOT_URLCONF = "tests.regions.picker_page"


@pytest.fixture
def address(live_server) -> str:
    return f"{live_server.url}/coba"


def watch(page) -> tuple[list[str], list[str]]:
    errors: list[str] = []
    addresses: list[str] = []
    page.on("console", lambda m: m.type == "error" and errors.append(m.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    return errors, addresses


def test_villages_come_while_typing_and_each_picker_minds_its_own(page, address):
    errors, addresses = watch(page)
    page.goto(address)
    page.fill("#id_pekerja-0-nik", "1671011708850001")
    page.locator("#id_pekerja-0-village").press_sequentially("lorok")
    page.get_by_role("radio", name="Lorokpakjo").check()
    second = page.locator("#id_pekerja-1-village")
    second.press_sequentially("siringagung")
    page.get_by_role("radio", name="Siringagung").check()
    page.fill("#id_pekerja-1-nik", "1671015708850002")
    page.click("#kirim")
    assert page.locator("#terkirim li").all_inner_texts() == [LOROK_PAKJO, "1671041004"]
    assert errors == []
    # A search takes along what was typed in its own picker, and nothing else.
    assert not [url for url in addresses if "85000" in url]


def test_enter_searches_and_does_not_send(page, address):
    page.goto(address)
    page.locator("#id_pekerja-0-village").fill("lorok pakjo")
    page.locator("#id_pekerja-0-village").press("Enter")
    page.get_by_role("radio", name="Lorokpakjo").wait_for()
    assert page.locator(".field-error").count() == 0


def test_a_second_search_keeps_the_chosen_village(page, address):
    page.goto(address)
    text = page.locator("#id_pekerja-0-village")
    text.press_sequentially("lorok")
    page.get_by_role("radio", name="Lorokpakjo").check()
    text.fill("siringagung")
    page.get_by_role("radio", name="Siringagung").wait_for()
    assert page.get_by_role("radio", name="Lorokpakjo").is_checked()


def test_the_lists_open_by_themselves(page, address):
    page.goto(address)
    page.locator("summary").first.click()
    page.get_by_label("Provinsi").first.select_option("16")
    page.get_by_label("Kabupaten atau kota").select_option("1671")
    page.get_by_label("Kecamatan").select_option("167104")
    page.get_by_role("radio", name="Lorokpakjo").check()
    page.fill("#id_pekerja-0-nik", "1671011708850001")
    page.click("#kirim")
    assert page.locator("#terkirim li").first.inner_text() == LOROK_PAKJO


def test_a_lost_network_is_told(page, address):
    page.goto(address)
    page.route("**/wilayah/**", lambda route: route.abort())
    page.locator("#id_pekerja-0-village").press_sequentially("lorok")
    page.get_by_text("Jaringan terputus").wait_for()


def test_the_picker_fits_a_phone_and_can_be_read(page, address):
    errors, _ = watch(page)
    page.goto(address)
    page.locator("summary").first.click()
    page.locator("#id_pekerja-0-village").fill("ka")
    page.get_by_role("radio").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in SERIOUS]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert errors == []


def test_everything_works_without_javascript(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(address)
    page.fill("#id_pekerja-0-nik", "1671011708850001")
    page.fill("#id_pekerja-0-village", "lorok pakjo")
    page.get_by_role("button", name="Cari").first.click()
    assert page.locator(".field-error").count() == 0
    assert page.get_by_role("radio", name="Lorokpakjo").is_checked()
    assert page.input_value("#id_pekerja-0-nik") == "1671011708850001"

    lists = page.locator("details").nth(1)
    lists.locator("summary").click()
    for code, label in LISTS:
        lists.get_by_label(label).select_option(code)
        lists.get_by_role("button", name="Tampilkan").click()
    lists.get_by_role("radio", name="Siringagung").check()
    page.fill("#id_pekerja-1-nik", "1671015708850002")
    page.click("#kirim")
    assert page.locator("#terkirim li").all_inner_texts() == [LOROK_PAKJO, "1671041004"]
    context.close()
