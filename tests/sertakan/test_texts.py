"""Every Indonesian text has its English one, with the same blanks to fill."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tests.architecture import FLOORS
from tests.environment import ROOT, in_ci

BLANK = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """The English catalogue, brought up to the source in a copy of the tree."""
    if shutil.which("xgettext") is None:
        if in_ci():
            pytest.fail("gettext is missing, and CI=true allows no skip")
        pytest.skip("gettext is not installed (on Debian: apt install gettext)")
    copy = tmp_path_factory.mktemp("texts")
    for folder in (*FLOORS, "templates", "locale"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*.mo"))
    outside = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale=en", "--no-obsolete"],
        cwd=copy,
        env=outside,
        check=True,
        capture_output=True,
    )
    return polib.pofile(str(copy / "locale/en/LC_MESSAGES/django.po"))


def where(entry: polib.POEntry) -> str:
    place = entry.occurrences[0][0] if entry.occurrences else "?"
    return f"{Path(place)}: {entry.msgid}"


def test_every_text_is_translated(texts: polib.POFile) -> None:
    missing = [where(entry) for entry in texts if not entry.translated() or entry.fuzzy]
    assert missing == []


def test_a_translation_fills_the_same_blanks(texts: polib.POFile) -> None:
    wrong = []
    for entry in texts:
        blanks = set(BLANK.findall(entry.msgid + entry.msgid_plural))
        english = [entry.msgstr, *entry.msgstr_plural.values()]
        if any(text and set(BLANK.findall(text)) - blanks for text in english) or (
            entry.msgstr and set(BLANK.findall(entry.msgstr)) != blanks
        ):
            wrong.append(where(entry))
    assert wrong == []
