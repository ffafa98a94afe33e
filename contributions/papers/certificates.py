"""What a certificate and the family card say of a worker (P1 to P3, P5, P16, P41).

Only what BPJS has accepted is called protection. After a report the paper states facts
and leaves the verdict to the branch.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bricks.clock import jakarta_date
from bricks.rupiah import NO_BREAK_SPACE
from bricks.templatetags.house import jam, nik_mask, tanggal, tanggal_singkat
from contributions.papers.money import state_on
from contributions.papers.printing import frame, qr_svg
from contributions.protection import Protection
from contributions.services.covering import Span
from regions.models import Office
from workers.models import Worker

#: The sums of the law in million rupiah (domain reference 2.1, 2.2), the last one for the
#: lowest income only.
FUNERAL, JKM_FULL, JKK_HIGHEST = 10, 42, 244


def certificates_paper(protections: Sequence[Protection], *, now: datetime) -> dict[str, Any]:
    """Gather certificates, one to a page."""
    today = jakarta_date(now)
    items = [_certificate(found, today) for found in protections]
    single = items[0]["title"] if len(items) == 1 else _("Sertifikat perlindungan")
    return {
        **frame(title=single, office=None, state=state_on(now), tells_cover=True),
        "items": items,
        "help": _help(),
        "scan": _("Pindai untuk melihat keadaan terbaru."),
        "alt": _("Kode QR ke kartu perlindungan"),
        "claim": _("Klaim tidak dipungut biaya. Jangan bayar siapa pun."),
    }


def family_paper(found: Protection, *, now: datetime) -> dict[str, Any]:
    """Gather the card that a family keeps at home: one page."""
    name, cover = found.worker.name, _cover_words(found, jakarta_date(now))
    title = _("Kartu untuk keluarga")
    return {
        **frame(title=title, office=found.office, state=state_on(now), tells_cover=True),
        "stamp": None,
        "intro": _("%(name)s terdaftar di BPJS Ketenagakerjaan lewat SERTAKAN.") % {"name": name},
        "keep": _("Simpan kartu ini di rumah."),
        "cover": cover,
        "facts": [*_worker_facts(found), [_("Telepon"), _phones(found.office)]],
        "accident": {
            "title": _("Bila terjadi kecelakaan kerja"),
            "steps": [
                _("Ke rumah sakit dulu. Katakan: peserta BPJS Ketenagakerjaan."),
                _("Telepon 175 dalam 2 x 24 jam."),
                _("Bawa: KTP, kartu peserta, keterangan dokter, nama saksi."),
            ],
        },
        "death": {
            "title": _("Bila meninggal"),
            "steps": [
                _("Telepon 175 atau datang ke cabang."),
                _("Bawa: KTP pekerja dan ahli waris, kartu keluarga."),
                _("Bawa juga: surat kematian, surat ahli waris, buku tabungan."),
            ],
        },
        "claim": _("Klaim tidak dipungut biaya. Jangan bayar siapa pun."),
        "scan": _("Pindai untuk melihat keadaan terbaru."),
        "alt": _("Kode QR ke kartu perlindungan"),
        "qr": _qr(found.worker),
    }


def _certificate(found: Protection, today: date) -> dict[str, Any]:
    is_certain = found.is_covered or (found.cover.kind == "starts_later" and not found.is_reported)
    return {
        "title": _("Sertifikat perlindungan") if is_certain else _("Keterangan iuran"),
        "branch": frame(title="", office=found.office, state="", tells_cover=False)["branch"],
        "name": found.worker.name,
        "cover": _cover_words(found, today),
        "facts": _facts(found),
        "periods": {
            "title": _("Masa iuran"),
            "head": [_("Dari"), _("Sampai"), _("Keadaan")],
            "rows": _periods(found),
        },
        "benefits": _benefits(found, today) if found.is_covered else [],
        "qr": _qr(found.worker),
    }


def _cover_words(found: Protection, today: date) -> dict[str, str]:
    """Say in one word and one sentence where he stands, as the pages do."""
    cover = found.cover
    until = {"until": tanggal(cover.paid_until)}
    if found.is_reported:
        word = _("Belum dapat dipastikan di sini; cabang yang memutuskan")
        sentence = _("Tercatat: iuran dibayar sampai %(until)s. Hubungi cabang atau 175.") % until
        return {"tone": "info", "word": word, "sentence": sentence}
    if cover.kind == "covered":
        days = _days(cover.covered_from, cover.covered_until)
        return {"tone": "good", "word": _("Terlindungi"), "sentence": days}
    if cover.kind == "starts_later":
        days = _days(cover.covered_from, cover.covered_until)
        sentence = _("Terlindungi mulai hari pertama: %(days)s.") % {"days": days}
        return {"tone": "wait", "word": _("Sudah disahkan"), "sentence": sentence}
    if cover.kind == "awaiting_acceptance":
        word = _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan")
        return {
            "tone": "wait",
            "word": word,
            "sentence": _days(cover.covered_from, cover.covered_until),
        }
    word = _("Iuran dibayar sampai %(until)s") % until
    sentence = _("Perlindungan setelah itu diputuskan cabang.")
    return {"tone": "wait", "word": word, "sentence": sentence}


def _days(first: date | None, last: date | None) -> str:
    return f"{tanggal(first)} – {tanggal(last)}"


def _worker_facts(found: Protection) -> list[list[str]]:
    return [
        [_("NIK"), nik_mask(found.worker.nik)],
        [_("Nomor peserta (KPJ)"), _kpj(found) or _("belum ada; tanyakan ke 175")],
    ]


def _facts(found: Protection) -> list[list[str]]:
    office = found.office
    facts = _worker_facts(found)
    if office:
        facts.append([_("Cabang"), _phones(office)])
    if found.payers:
        facts.append([_("Dibayar oleh"), ", ".join(found.payers)])
    return facts


def _kpj(found: Protection) -> str:
    """The number counts once BPJS has accepted a month."""
    return found.worker.kpj if found.accepted else ""


def _phones(office: Office | None) -> str:
    if office is None:
        return "175"
    phone = office.phone if office.phone and office.phone != "175" else ""
    return f"{office.name} {phone}".strip() + " · 175"


def _periods(found: Protection) -> list[list[str]]:
    """The spans of days, each as its two dates; the first with its minute (P2, P41)."""
    waiting = _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan")
    accepted = _("Disahkan BPJS Ketenagakerjaan")
    spans = [(span, accepted) for span in found.accepted]
    spans += [(span, waiting) for span in found.waiting]
    zone = found.worker.village.utc_offset
    return [
        [_since(span, zone), tanggal(span.covered_until), word]
        for span, word in sorted(spans, key=lambda pair: pair[0].covered_from)
    ]


def _since(span: Span, zone: int) -> str:
    day = tanggal(span.covered_from)
    if span.starts_at is None:
        return day
    return _("%(day)s, sejak %(time)s") % {"day": day, "time": jam(span.starts_at, zone)}


def _benefits(found: Protection, today: date) -> list[list[str]]:
    """What he gets, in plain words: a sum stands only beside its day or "sampai dengan"."""
    accident = _("Biaya berobat sampai sembuh, sejak hari pertama.")
    if found.lowest:
        told = {"sum": _million(JKK_HIGHEST)}
        accident += (
            " "
            + _(
                "Bila meninggal karena kecelakaan kerja: santunan dan beasiswa dua anak, "
                "sampai dengan %(sum)s menurut syarat BPJS Ketenagakerjaan."
            )
            % told
        )
    return [
        [_("Kecelakaan kerja (JKK)"), accident],
        [_("Meninggal (JKM)"), _death(found, today)],
    ]


def _death(found: Protection, today: date) -> str:
    full_from, until = found.jkm_full_from, found.cover.covered_until
    told = {
        "small": _million(FUNERAL),
        "full": _million(JKM_FULL),
        "day": tanggal_singkat(full_from),
    }
    if full_from is None:
        return _("Keluarga menerima %(small)s.") % told
    if full_from <= today:
        return _("Keluarga menerima %(full)s, sejak %(day)s.") % told
    if until and full_from > until:
        sentence = _("Keluarga menerima %(small)s. Bila iuran diteruskan, mulai %(day)s: %(full)s.")
        return sentence % told
    return _("Keluarga menerima %(small)s. Mulai %(day)s: %(full)s.") % told


def _million(amount: int) -> str:
    return f"Rp{NO_BREAK_SPACE}{amount} " + _("juta")


def _help() -> dict[str, Any]:
    return {
        "title": _("Bila terjadi kecelakaan atau meninggal"),
        "steps": [
            _("Ke rumah sakit dulu. Katakan: peserta BPJS Ketenagakerjaan."),
            _("Lapor dalam 2 x 24 jam: telepon 175 atau datang ke cabang."),
            _("Kecelakaan: bawa KTP, kartu peserta, keterangan dokter, nama saksi."),
            _("Meninggal: bawa KTP pekerja dan ahli waris, kartu keluarga, surat kematian."),
        ],
    }


def _qr(worker: Worker) -> str:
    return qr_svg(settings.PUBLIC_URL + reverse("public_card", args=[worker.uuid]))
