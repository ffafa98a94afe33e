"""Certificates of many workers, against as many bare compilations of an empty page."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import typst
from django.test import override_settings

from benchmarks import crowd
from contributions.models import Sponsorship
from contributions.services import certifying
from donors.models import Donor
from tests.contributions.rows import at

SIZE = 1_000


def run(count: int, say: Callable[[str], Any]) -> None:
    """Draw the certificates of `count` workers of one donor as the job does, sealed and packed."""
    crowd.gather(count)
    donor = Donor.everything.exclude(person=None).first()
    if donor is None or donor.person is None:
        raise LookupError("the crowd has no donor")
    Sponsorship.everything.update(donor=donor)
    rows = Sponsorship.everything.order_by("pk")[:count]
    wanted = Sponsorship.everything.filter(pk__in=list(rows.values_list("pk", flat=True)))
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        certifying.ask(donor=donor, by=donor.person, rows=wanted, now=at(crowd.TODAY))
        started = perf_counter()
        drawn = certifying.make_certificates(now=at(crowd.TODAY))["drawn"]
        took = perf_counter() - started
        bare = _bare(count, Path(folder))
    say(f"{drawn:,} certificates, drawn, sealed and packed {took:>9.2f} s")
    say(f"{count:,} bare compilations of an empty page    {bare:>9.2f} s")
    say(f"ratio {took / bare:.2f}")


def _bare(count: int, folder: Path) -> float:
    """Compile one empty page as often: what a document costs before anything stands on it."""
    page = folder / "empty.typ"
    page.write_text('#set page(paper: "a4")\n#metadata(sys.inputs.number)\n', encoding="utf-8")
    compiler = typst.Compiler(root=str(folder), ignore_system_fonts=True)
    started = perf_counter()
    for number in range(count):
        # Another number each time, or it would be laid out once.
        compiler.compile(input=str(page), format="pdf", sys_inputs={"number": str(number)})
    return perf_counter() - started
