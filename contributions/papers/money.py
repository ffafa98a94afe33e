"""What an invoice and a receipt say on paper."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bricks.clock import jakarta_date
from bricks.rupiah import format_number, format_rupiah
from bricks.templatetags.house import rentang, tanggal, tanggal_jam
from contributions.models import Allocation, Contribution
from contributions.papers.lines import MOST_LINES, Line, lines_of, price_words, reason_words
from contributions.papers.printing import frame, qr_svg
from payments import paylinks
from payments.models import Invoice, Payment
from payments.transfers import advice_for

Row = list[str]


def state_on(now: datetime) -> str:
    """Say as of when a paper speaks."""
    return _("Keadaan per %(when)s.") % {"when": tanggal_jam(now)}


# --- the invoice -------------------------------------------------------------------------
def invoice_paper(invoice: Invoice, *, named: bool, payable: bool, now: datetime) -> dict[str, Any]:
    """Gather an invoice: for its donor with his workers' names, for the holder of a pay link
    count and amount (P38). `payable` says whether money may come for it now."""
    today = jakarta_date(now)
    lines = lines_of(Contribution.everything.filter(invoice=invoice), today=today)
    title = _("Tagihan %(number)s") % {"number": invoice.number}
    return {
        **frame(title=title, office=invoice.office, state=state_on(now), tells_cover=False),
        "stamp": _stamp(invoice, payable=payable),
        "facts": _invoice_facts(invoice, lines, named=named),
        "total": [_("Jumlah"), format_rupiah(invoice.total)],
        "list": _asked(lines) if named else None,
        "summary": _prices(lines),
        "pay": _how_to_pay(invoice, named=named) if payable else None,
        "note": _right_of_worker(lines) if payable else "",
    }


def invoice_rows(invoice: Invoice, *, today: date) -> tuple[Row, list[list[str | int]]]:
    """Return the annex of an invoice as a table: every worker, however many."""
    head = [_("Nomor"), _("Pekerja"), _("Dari"), _("Sampai"), _("Bulan"), _("Jumlah")]
    head += [_("Harga"), _("Dasar hukum")]
    lines = lines_of(Contribution.everything.filter(invoice=invoice), today=today)
    return head, [
        [
            number,
            line.name,
            f"{line.first_day:%d-%m-%Y}",
            f"{line.last_day:%d-%m-%Y}",
            line.months,
            line.total,
            price_words(line.prices),
            reason_words(line.prices),
        ]
        for number, line in enumerate(lines, start=1)
    ]


def _stamp(invoice: Invoice, *, payable: bool) -> dict[str, str]:
    tones = {"paid": "good", "void": "bad", "expired": "bad"}
    if invoice.status == Invoice.Status.OPEN and not payable:
        return {"word": _("Tidak bisa dibayar sekarang"), "tone": "bad"}
    return {"word": str(invoice.get_status_display()), "tone": tones.get(invoice.status, "wait")}


def _invoice_facts(invoice: Invoice, lines: list[Line], *, named: bool) -> list[Row]:
    facts = [
        [_("Tanggal terbit"), tanggal(invoice.issued_at)],
        [_("Jatuh tempo"), tanggal(invoice.due_on)],
        [_("Bisa dibayar sampai"), tanggal(invoice.last_day_to_pay)],
        [_("Untuk"), _people(lines)],
    ]
    return [[_("Kepada"), invoice.donor.name], *facts] if named else facts


def _people(lines: list[Line]) -> str:
    months = sum(line.months for line in lines)
    told = {"people": format_number(len(lines)), "months": format_number(months)}
    return (
        ngettext(
            "%(people)s pekerja, %(months)s bulan iuran",
            "%(people)s pekerja, %(months)s bulan iuran",
            len(lines),
        )
        % told
    )


def _asked(lines: list[Line]) -> dict[str, Any]:
    rows = [
        [
            str(number),
            line.name,
            rentang(line.first_day, line.last_day),
            price_words(line.prices),
            format_rupiah(line.total),
        ]
        for number, line in enumerate(lines[:MOST_LINES], start=1)
    ]
    return {
        "title": _("Untuk siapa"),
        "head": [_("No."), _("Pekerja"), _("Masa"), _("Harga"), _("Jumlah")],
        "rows": rows if len(lines) <= MOST_LINES else [],
        "annex": _annex(lines, _("berkas pekerja di halaman tagihan ini")),
    }


def _annex(lines: list[Line], where: str) -> str:
    if len(lines) <= MOST_LINES:
        return ""
    told = {"people": format_number(len(lines)), "where": where}
    return _("%(people)s pekerja terlalu banyak untuk kertas. Daftarnya: %(where)s.") % told


def _prices(lines: list[Line]) -> dict[str, Any]:
    """Sum up how many months cost how much, and by which law."""
    counts: Counter[tuple[int, str]] = Counter()
    for line in lines:
        for price in line.prices:
            counts[price.each, price.legal_basis] += price.months
    return {
        "title": _("Harga dan alasannya"),
        "head": [_("Bulan"), _("Harga sebulan"), _("Dasar hukum"), _("Jumlah")],
        "rows": [
            [format_number(months), format_rupiah(each), basis, format_rupiah(months * each)]
            for (each, basis), months in sorted(counts.items())
        ],
    }


def _how_to_pay(invoice: Invoice, *, named: bool) -> dict[str, Any]:
    address = settings.PUBLIC_URL + paylinks.path(invoice)
    return {
        "title": _("Cara bayar"),
        "text": _("Pindai kode ini, atau buka alamat di bawah. Anda tidak perlu masuk."),
        "address": address,
        "qr": qr_svg(address),
        "alt": _("Kode QR ke halaman pembayaran"),
        "warning": _("Perlindungan mulai saat dibayar, setelah disahkan BPJS Ketenagakerjaan."),
        # Whoever holds a pay link is nobody to us: a transfer would be taken for the donor's.
        "transfer": _transfer(invoice) if named else None,
    }


def _transfer(invoice: Invoice) -> dict[str, Any] | None:
    """How an organisation pays by bank transfer, where it can."""
    advice = advice_for(invoice)
    if advice is None:
        return None
    return {
        "title": _("Atau lewat transfer bank"),
        "facts": [
            [_("Bank"), advice.bank],
            [_("Nomor rekening"), advice.number],
            [_("Nama pemilik"), advice.holder],
            [_("Jumlah, tepat sampai rupiah terakhir"), format_rupiah(advice.amount)],
            [_("Tulis kode ini di berita transfer"), advice.code],
        ],
    }


def _right_of_worker(lines: list[Line]) -> str:
    """P13, in its own words; the days are those of paying today."""
    if not lines:
        return ""
    return _(
        "Iuran yang sudah dibayar menjadi hak pekerja sampai %(day)s, juga bila ia tidak "
        "lagi bekerja pada Anda; tidak dapat dipindahkan."
    ) % {"day": tanggal(max(line.last_day for line in lines))}


# --- the receipt -------------------------------------------------------------------------
def receipt_paper(
    payment: Payment, allocation: Allocation | None, *, now: datetime
) -> dict[str, Any]:
    """Gather a receipt: what came in, what is fee, what it bought, what became credit."""
    is_reversed = payment.status == Payment.Status.REVERSED
    bought = Contribution.everything.filter(posting=allocation.posting_id if allocation else None)
    lines = lines_of(bought, today=jakarta_date(now)) if allocation else []
    title = _("Kuitansi %(number)s") % {"number": payment.receipt_number}
    taken_back = {"word": _("Dibatalkan bank"), "tone": "bad"}
    return {
        **frame(
            title=title,
            office=payment.invoice.office,
            state=state_on(now),
            tells_cover=True,
        ),
        "stamp": taken_back if is_reversed else {"word": _("Diterima"), "tone": "good"},
        "facts": _receipt_facts(payment, allocation),
        "total": [_("Jumlah diterima"), format_rupiah(payment.received or 0)],
        "list": _bought(lines) if lines else None,
        "summary": None,
        "pay": None,
        "note": _reversed_words(payment)
        if is_reversed
        else _("Perlindungan berlaku setelah disahkan BPJS Ketenagakerjaan."),
    }


def _receipt_facts(payment: Payment, allocation: Allocation | None) -> list[Row]:
    facts = [
        [_("Diterima dari"), payment.invoice.donor.name],
        [_("Waktu menurut penyedia pembayaran"), tanggal_jam(payment.settled_at)],
        [_("Untuk tagihan"), payment.invoice.number],
    ]
    if payment.fee_taken:
        facts.append([_("Biaya pembayaran"), format_rupiah(payment.fee_taken)])
    if allocation is None:
        return [*facts, [_("Menjadi"), _("sedang kami catat")]]
    told = {"amount": format_rupiah(allocation.bought), "months": format_number(allocation.months)}
    facts.append([_("Menjadi iuran"), _("%(amount)s, %(months)s bulan pekerja") % told])
    if allocation.credited:
        why = str(allocation.get_reason_display())
        facts.append([_("Menjadi saldo Anda"), f"{format_rupiah(allocation.credited)}: {why}"])
    return facts


def _bought(lines: list[Line]) -> dict[str, Any]:
    rows = [
        [
            str(number),
            line.name,
            rentang(line.first_day, line.last_day),
            line.state,
            format_rupiah(line.total),
        ]
        for number, line in enumerate(lines[:MOST_LINES], start=1)
    ]
    return {
        "title": _("Apa yang dibeli"),
        "head": [_("No."), _("Pekerja"), _("Masa"), _("Keadaan"), _("Iuran")],
        "rows": rows if len(lines) <= MOST_LINES else [],
        "annex": _annex(lines, _("laporan donatur, berkas CSV")),
    }


def _reversed_words(payment: Payment) -> str:
    return _("Bank membatalkan pembayaran ini pada %(when)s. Kuitansi ini tidak berlaku lagi.") % {
        "when": tanggal_jam(payment.reversed_at)
    }
