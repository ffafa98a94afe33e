"""A visitor who asks for pages all the time, in a process of his own (`benchmarks.asker`)."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import quantiles
from types import TracebackType
from typing import Self

from django.db import connection


@dataclass(frozen=True)
class Asked:
    """How many milliseconds his pages took."""

    reads: list[float]
    writes: list[float]

    @property
    def p99_ms(self) -> float:
        """Of all his pages, those that write among them."""
        return quantiles([*self.reads, *self.writes], n=100)[98]

    @property
    def worst_ms(self) -> float:
        """The slowest of all."""
        return max([*self.reads, *self.writes])


class Visitor:
    """Asks as long as the block lasts; then `asked` says how it was."""

    asked: Asked

    def __init__(self, user: int) -> None:
        database = str(connection.settings_dict["NAME"])
        self.command = [sys.executable, "-m", "benchmarks.asker", str(user)]
        self.inside = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command,
            env=self.inside,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # His first line says that he is in.
        if self.process.stdout is None or not self.process.stdout.readline():
            raise RuntimeError("the visitor did not come in")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        told, _ = self.process.communicate("enough\n")
        if kind is None:
            self.asked = Asked(**json.loads(told))
