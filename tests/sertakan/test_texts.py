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


# The collector knows gettext by its own names and by `_` alone.
ALIAS = re.compile(r"import \w*gettext\w* as (?!_\b)\w+")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[polib.POFile, str]:
    """The English catalogue, brought up to the source in a copy of the tree, and the warnings."""
    if shutil.which("xgettext") is None:
        if in_ci():
            pytest.fail("gettext is missing, and CI=true allows no skip")
        pytest.skip("gettext is not installed (on Debian: apt install gettext)")
    copy = tmp_path_factory.mktemp("texts")
    for folder in (*FLOORS, "templates", "locale"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("*.mo"))
    outside = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    run = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale=en", "--no-obsolete"],
        cwd=copy,
        env=outside,
        check=True,
        capture_output=True,
        text=True,
    )
    return polib.pofile(str(copy / "locale/en/LC_MESSAGES/django.po")), run.stdout


@pytest.fixture(scope="module")
def texts(collected: tuple[polib.POFile, str]) -> polib.POFile:
    return collected[0]


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


def test_a_text_counts_everywhere_or_nowhere(collected: tuple[polib.POFile, str]) -> None:
    # One msgid with and without a plural form reads "30 working day" where it does not count.
    assert "without plural" not in collected[1]


def test_every_text_is_marked_by_a_name_that_is_collected() -> None:
    hidden = [
        str(path.relative_to(ROOT))
        for folder in FLOORS
        for path in (ROOT / folder).rglob("*.py")
        if ALIAS.search(path.read_text())
    ]
    assert hidden == []
