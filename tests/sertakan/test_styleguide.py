"""The look of the portal, proved on the page that shows every component."""

import gzip
import re
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import resolve, reverse
from PIL import Image

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"
SERIOUS = {"serious", "critical"}


def test_the_page_is_served_in_the_demo(client, db):
    assert client.get(reverse("styleguide")).status_code == 200


def test_it_shows_errors_beside_their_fields(client, db):
    page = client.get(reverse("styleguide") + "?galat").content.decode()
    assert 'id="id_name_error"' in page
    assert 'href="#id_name"' in page


def test_a_language_switch_returns_to_the_same_page(client, db):
    page = client.get(reverse("styleguide") + "?galat").content.decode()
    assert 'name="next" value="/gaya/?galat"' in page


def test_no_template_has_a_style_or_a_script_inside():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son\w+=[\"']|<style", text), path
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag, path


def test_every_static_file_that_a_template_names_exists():
    for path in TEMPLATES.rglob("*.html"):
        for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", path.read_text()):
            assert finders.find(name), (path, name)


def test_every_icon_that_a_template_names_is_drawn():
    drawn = set(re.findall(r'symbol id="(\w+)"', (STATIC / "img/icons.svg").read_text()))
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        named = re.findall(r'{% icon "(\w+)"', text) + re.findall(r'icon_name="(\w+)"', text)
        assert set(named) <= drawn, path


def test_the_style_sheets_stay_small():
    weights = {p.name: len(gzip.compress(p.read_bytes())) for p in (STATIC / "css").glob("*.css")}
    everywhere = ["tokens.css", "base.css", "forms.css", "components.css", "print.css"]
    assert sum(weights[name] for name in everywhere) < 12_000
    assert max(weights.values()) < 5_000


def test_every_colour_is_a_token(subtests):
    for name in ("base.css", "forms.css", "components.css"):
        with subtests.test(name):
            colours = re.findall(r"#[0-9a-f]{3,6}\b", (STATIC / "css" / name).read_text())
            # What stands on the dark hero and on the white of a QR code never changes.
            fixed = {"#ffffff", "#1b1405", "#f2ab53", "#ffd27a", "#1b2926", "#51605c"}
            assert set(colours) <= fixed


# --- in the browser ------------------------------------------------------------------


@pytest.fixture
def gaya(page, live_server):
    page.console_errors = []
    page.on("console", lambda m: m.type == "error" and page.console_errors.append(m.text))
    page.on("pageerror", lambda error: page.console_errors.append(str(error)))
    page.goto(live_server.url + resolve_path())
    return page


def resolve_path():
    path = reverse("styleguide")
    assert resolve(path).url_name == "styleguide"
    return path


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1366])
def test_no_component_is_wider_than_the_screen_or_hard_to_read(gaya, width, scheme):
    gaya.set_viewport_size({"width": width, "height": 768})
    gaya.emulate_media(color_scheme=scheme)
    gaya.reload()
    assert gaya.evaluate("document.documentElement.scrollWidth") <= width
    found = [v for v in Axe().run(gaya).response["violations"] if v["impact"] in SERIOUS]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert gaya.console_errors == []


@pytest.mark.browser
def test_a_nik_is_grouped_while_typing_and_the_caret_stays(gaya):
    nik = gaya.locator("#id_nik")
    nik.press_sequentially("1671011708850001")
    assert nik.input_value() == "1671 0117 0885 0001"
    nik.evaluate("e => e.setSelectionRange(2, 2)")
    nik.press("Backspace")
    nik.press("9")
    assert nik.input_value() == "1971 0117 0885 0001"
    assert nik.evaluate("e => e.selectionStart") == 2


@pytest.mark.browser
def test_letters_in_a_nik_are_left_for_the_server_to_explain(gaya):
    nik = gaya.locator("#id_nik")
    nik.fill("16710117O8850001")
    assert nik.input_value() == "16710117O8850001"


@pytest.mark.browser
def test_a_date_gets_its_dashes_and_an_amount_its_dots(gaya):
    gaya.locator("#id_birth_date").press_sequentially("17081985")
    assert gaya.locator("#id_birth_date").input_value() == "17-08-1985"
    gaya.get_by_text("Pilihan lain").click()
    gaya.locator("#id_income").press_sequentially("1500000")
    assert gaya.locator("#id_income").input_value() == "1.500.000"


@pytest.mark.browser
def test_a_second_press_on_submit_is_ignored(gaya):
    sent = gaya.evaluate(
        """() => {
            const form = document.createElement("form");
            form.method = "post";
            form.innerHTML = '<button class="btn" type="submit">x</button>';
            document.body.append(form);
            const press = () => form.dispatchEvent(
                new SubmitEvent("submit", {bubbles: true, cancelable: true}));
            return [press(), press(), form.querySelector("button").ariaBusy];
        }"""
    )
    assert sent == [True, False, "true"]


@pytest.mark.browser
def test_a_copy_button_copies_and_says_so(gaya):
    gaya.context.grant_permissions(["clipboard-read", "clipboard-write"])
    gaya.locator("[data-copy='184800']").click()
    gaya.wait_for_function(
        "() => document.querySelector(\"[data-copy='184800']\").innerText.includes('Tersalin')"
    )
    assert gaya.evaluate("navigator.clipboard.readText()") == "184800"


@pytest.mark.browser
def test_keys_press_links_but_not_while_typing_and_can_be_switched_off(gaya):
    gaya.set_viewport_size({"width": 1366, "height": 768})
    gaya.keyboard.press("/")
    assert gaya.evaluate("document.activeElement.id") == "f-q"
    gaya.keyboard.press("j")
    assert gaya.locator("#f-q").input_value() == "j"
    gaya.keyboard.press("Escape")
    gaya.keyboard.press("j")
    assert gaya.url.endswith("#x")
    gaya.get_by_role("button", name="Matikan pintasan").click()
    gaya.evaluate("location.hash = ''")
    gaya.keyboard.press("j")
    assert not gaya.url.endswith("#x")


@pytest.mark.browser
def test_a_large_photo_is_made_small_before_it_is_sent(gaya):
    photo = BytesIO()
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(photo, "PNG")
    assert photo.tell() > 2_000_000
    gaya.locator("#id_photo").set_input_files(
        {"name": "surat.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    )
    gaya.wait_for_function("() => document.querySelector('#id_photo').files[0].name == 'surat.jpg'")
    size, kind = gaya.evaluate(
        "(({size, type}) => [size, type])(document.querySelector('#id_photo').files[0])"
    )
    assert kind == "image/jpeg"
    assert size < photo.tell() / 2


@pytest.mark.browser
def test_a_form_keeps_itself_and_says_when(gaya, live_server):
    posted = []

    def answer(route):
        posted.append(route.request.post_data)
        route.fulfill(status=204)

    gaya.route("**/uji/simpan", answer)
    gaya.route(
        "**/uji",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<form method="post" data-autosave="/uji/simpan">
                <input name="csrfmiddlewaretoken" type="hidden" value="t"><input name="nama"></form>
                <span data-autosave-status data-saved="Tersimpan" data-saving="…"
                data-failed="Belum"></span>
                <script src="{settings.STATIC_URL}js/autosave.js" defer></script>""",
        ),
    )
    gaya.goto(live_server.url + "/uji")
    gaya.locator("[name=nama]").press_sequentially("Siti")
    gaya.wait_for_function("() => /Tersimpan \\d\\d\\.\\d\\d/.test(document.body.innerText)")
    assert len(posted) == 1
    assert "Siti" in posted[0]
