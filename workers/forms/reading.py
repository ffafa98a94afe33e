"""Reading a draft as a whole: which workers are complete, and what is still missing.

This is the door's work: the forms judge the answers once more, so that what is handed
in is what the pages would accept today, however long the draft has lain.
"""

from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from donors.models import Donor, Programme
from regions.selectors import known_codes
from workers import nik
from workers.drafts import Draft, DraftWorker
from workers.entries import FORM, LINK, PUBLIC_TASK, Entry, Terms
from workers.forms.fields import WorkerDataForm
from workers.forms.order import TermsForm, WhoForm, data_form
from workers.models import Order, Sector
from workers.selectors import open_twin
from workers.services.evidence import StoredFile

Text = str | Promise


@dataclass
class WorkerReading:
    """One worker of a draft: what is there, what is missing, what to look at again."""

    worker: DraftWorker
    position: int
    name: str
    way: str
    entry: Entry | None = None
    #: The page on which the first missing or wrong answer stands.
    missing: str = ""
    problems: list[Text] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    nik: str = ""
    sector: str = Sector.OTHER

    @property
    def key(self) -> str:
        return self.worker.key


@dataclass
class OrderReading:
    """A draft, judged."""

    terms: Terms | None
    workers: list[WorkerReading]

    @property
    def entries(self) -> list[Entry]:
        """The workers that are complete."""
        return [worker.entry for worker in self.workers if worker.entry]

    @property
    def is_complete(self) -> bool:
        """Whether the order can be handed in."""
        return bool(self.terms and self.workers) and len(self.entries) == len(self.workers)


def needs_consent(programme: Programme) -> bool:
    """Tell whether each worker must agree; a public task stands in for it (P9)."""
    return not programme.public_task


def who_form(worker: DraftWorker, order: Order) -> WhoForm:
    """Read a draft worker's first page as the form does."""
    return WhoForm(
        worker.who,
        is_person=order.donor.kind == Donor.Kind.PERSON,
        needs_consent=needs_consent(order.programme),
    )


def read_order(order: Order, draft: Draft, *, today: date) -> OrderReading:
    """Judge every page of a draft. The order comes with its donor and programme."""
    terms = TermsForm(draft.terms, programmes=[("", "")])
    reading = OrderReading(terms=terms.terms() if terms.is_valid() else None, workers=[])
    seen: dict[str, int] = {}
    for position, worker in enumerate(draft.workers, start=1):
        read = _read_worker(order, worker, position, today)
        if read.nik in seen:
            first = {"number": seen[read.nik]}
            _refuse(read, gettext("NIK ini sudah dipakai untuk pekerja %(number)s.") % first)
        elif read.nik:
            seen[read.nik] = position
        reading.workers.append(read)
    return reading


def _read_worker(order: Order, worker: DraftWorker, position: int, today: date) -> WorkerReading:
    who = who_form(worker, order)
    valid = who.is_valid()
    way = who.cleaned_data.get("way") or ("" if "way" in who.fields else PUBLIC_TASK)
    name = who.cleaned_data.get("name") or gettext("Pekerja %(number)s") % {"number": position}
    read = WorkerReading(worker=worker, position=position, name=name, way=way)
    if not valid:
        read.missing = "order_worker"
        read.problems.append(_("Isian pertama belum lengkap."))
        return read
    relation = who.cleaned_data["relation"]
    if way == LINK:
        read.entry = Entry(relation=relation, name=name, way=LINK)
        return read
    form = data_form(worker, today=today)
    if not form.is_valid():
        read.missing = "order_data"
        read.problems.append(_("Data KTP belum lengkap."))
        return read
    _accept(read, form, relation, order, today)
    return read


def _accept(
    read: WorkerReading, form: WorkerDataForm, relation: str, order: Order, today: date
) -> None:
    data = form.worker_data(read.name)
    proof = StoredFile(**read.worker.proof) if read.way == FORM and read.worker.proof else None
    read.nik = data.nik
    read.sector = data.occupation.sector
    read.entry = Entry(relation=relation, name=read.name, way=read.way, data=data, proof=proof)
    read.notes.extend(_gentle_notes(data.nik, data.birth_date, data.sex, today))
    twin = open_twin(donor_id=order.donor_id, nik=data.nik)
    if twin:
        told = {"number": twin.number}
        _refuse(read, gettext("NIK ini sudah ada dalam pendaftaran Anda no. %(number)s.") % told)


def _refuse(read: WorkerReading, sentence: Text) -> None:
    read.entry = None
    read.missing = "order_data"
    read.problems.append(sentence)


def _gentle_notes(number: str, born: date, sex: str, today: date) -> list[Text]:
    """Ask to look again where the NIK says something else; it may still be right."""
    found = nik.warnings(
        number,
        birth_date=born,
        sex=sex,
        registered_on=today,
        knows=lambda code: bool(known_codes([code])),
    )
    return [warning.sentence for warning in found]
