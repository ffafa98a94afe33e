"""The draft of an order: what a donor has typed so far, as he typed it.

A draft is kept whatever is in it, so that coming back continues where one stopped;
the forms read it anew each time and say what is wrong. Each worker has a key of his
own, so that two tabs never mistake one for another.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.crypto import get_random_string

from workers.entries import MOST_WORKERS

KEY = re.compile(r"[a-z0-9]{8}")
KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: The longest answer that a draft keeps; forms refuse long ones with a sentence.
LONGEST_ANSWER = 300

Answers = dict[str, str]


@dataclass
class DraftWorker:
    """One worker: who he is to the donor, his data, and the stored photo of the form."""

    key: str
    who: Answers = field(default_factory=dict)
    data: Answers = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)


@dataclass
class Draft:
    """The terms and up to five workers, in the order in which they were entered."""

    terms: Answers = field(default_factory=dict)
    workers: list[DraftWorker] = field(default_factory=list)

    def worker(self, key: str) -> DraftWorker | None:
        """Return the worker of a key, if the draft has him."""
        return next((worker for worker in self.workers if worker.key == key), None)

    def position(self, key: str) -> int:
        """Return which worker (from 1) a key names; a new one comes last."""
        keys = [worker.key for worker in self.workers]
        return keys.index(key) + 1 if key in keys else len(keys) + 1

    @property
    def is_full(self) -> bool:
        """Whether an order takes no further worker."""
        return len(self.workers) >= MOST_WORKERS


def read_draft(text: str) -> Draft:
    """Read the draft that `write_draft` wrote; an empty text is an empty draft."""
    raw = json.loads(text) if text else {}
    workers = [DraftWorker(**worker) for worker in raw.get("workers", [])]
    return Draft(terms=raw.get("terms", {}), workers=workers)


def write_draft(draft: Draft) -> str:
    """Write a draft as the text that an order keeps sealed."""
    return json.dumps(asdict(draft), ensure_ascii=False, sort_keys=True)


def new_key() -> str:
    """Return a key for a further worker."""
    return get_random_string(8, KEY_LETTERS)


def is_key(text: str) -> bool:
    """Tell whether a text from an address may be a worker's key."""
    return KEY.fullmatch(text) is not None


def cut(posted: QueryDict) -> QueryDict:
    """Return what was posted with every answer cut, so that no page repeats megabytes.

    Every field refuses what is as long as that, so cutting changes no judgement.
    """
    short = QueryDict(mutable=True)
    for name, values in posted.lists():
        short.setlist(name, [str(value)[:LONGEST_ANSWER] for value in values])
    return short


def answers(posted: Mapping[str, Any], names: Sequence[str]) -> Answers:
    """Return the answers to the named questions, cut to what a draft keeps."""
    return {name: str(posted.get(name, ""))[:LONGEST_ANSWER] for name in names}
