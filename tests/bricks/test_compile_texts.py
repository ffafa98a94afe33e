"""Translations are compiled without gettext, and only when they changed."""

import gettext
import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Bayar sekarang"
msgstr "Pay now"

#, fuzzy
msgid "Kuitansi"
msgstr "A guess"
"""


@pytest.fixture
def catalogue(tmp_path: Path, settings: LazySettings) -> Path:
    settings.LOCALE_PATHS = [tmp_path]
    source = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO)
    return source


def test_a_new_catalogue_is_compiled_without_its_guesses(catalogue: Path) -> None:
    call_command("compile_texts", verbosity=0)
    with catalogue.with_suffix(".mo").open("rb") as file:
        texts = gettext.GNUTranslations(file)
    assert texts.gettext("Bayar sekarang") == "Pay now"
    assert texts.gettext("Kuitansi") == "Kuitansi"
    assert sorted(path.name for path in catalogue.parent.iterdir()) == ["django.mo", "django.po"]


def test_only_an_older_result_is_made_again(
    catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("compile_texts")
    assert "compiled en" in capsys.readouterr().out
    call_command("compile_texts")
    assert capsys.readouterr().out == ""
    later = catalogue.stat().st_mtime + 10
    os.utime(catalogue, (later, later))
    call_command("compile_texts")
    assert "compiled en" in capsys.readouterr().out
