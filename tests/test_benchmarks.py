"""`make bench SIZE=..` runs from an empty database to its last line, whatever it measures."""

import os
import re
import subprocess
import sys

import pytest

from tests.environment import ENGINES, ROOT
from tests.run import postgres_url

FIGURE = re.compile(r"^(\w+)\.(\w+)\.(\d+)\.(\w+) ([\d.]+)( \S+)?$", re.MULTILINE)


def bench(*asked: str) -> str:
    """Run the benchmarks as the command does; return what they print."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *asked],
        cwd=ROOT,
        env={
            name: value
            for name, value in os.environ.items()
            if name not in ENGINES and not name.startswith("PYTEST_XDIST")
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def figures(told: str) -> dict[str, float]:
    """The figures among the lines, by their names without the size."""
    return {
        f"{what}.{engine}.{name}": float(value)
        for what, engine, _size, name, value, _unit in FIGURE.findall(told)
    }


@pytest.mark.slow
def test_every_measure_is_taken() -> None:
    told = bench("1000")
    for line in (
        "working off returns",
        "1,000 certificates, drawn, sealed and packed",
        "a webhook, verified, kept, answered",
        "against a bare insert through the same stack",
        "of 50 who are in the registry under another NIK it finds 50",
        "sum over the whole history",
        "ledger.post",
        "seal and index a NIK",
        "rebuild_dashboards, 13 months",
    ):
        assert line in told
    sizes = [line.split()[0] for line in told.splitlines() if "x a bare insert" in line]
    assert sizes == ["1", "10", "1,000"]
    measured = figures(told)
    assert measured["renewal.sqlite.page_p99_ms"] > 0
    assert measured["renewal.sqlite.idle_ms"] > 0
    assert measured["reminders.sqlite.plan_s"] > 0
    if postgres_url():
        assert measured["renewal.postgres.rate"] > 0
        assert measured["renewal.postgres.vs_bare_insert"] > 0
        assert measured["renewal.postgres.vs_orm_loop"] > 0
        assert measured["reminders.postgres.plan_s"] > 0


def test_an_unknown_benchmark_is_named() -> None:
    with pytest.raises(AssertionError, match="There is no benchmark 'renewals'"):
        bench("renewals")
