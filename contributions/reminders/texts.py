"""The words of reminders to donors, programmes and branches (P40 to P45).

The first line says what happened, the second what to do; nothing personal, no amount and
no arrears stands in either. What the law makes of unpaid months is the branch's word, so
nobody is called unprotected (P3). Reviewed as files: tests/contributions/reminder_texts.
"""

from collections import Counter
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bricks.months import ONE_DAY, add_months, arrears_of
from bricks.templatetags.house import tanggal
from contributions.cover import JKM_WAIT_MONTHS
from contributions.letters import Letter
from contributions.links import pay_url
from contributions.price_changes import sentences
from contributions.reminders.facts import Due, Ending, Facts
from contributions.reminders.lists import last_day_before_ending

#: So many workers are named; of more, how many there are.
NAMED = 5
#: So many invoices are linked; the portal lists them all.
LINKED = 3


def donor_letter(facts: Facts, *, today: date) -> Letter:
    """Write the digest of a user in the language that is active: subject and body."""
    blocks = [
        _due_lines(facts, today),
        _price_lines(facts),
        [line for ending in facts.ending for line in _ending_lines(ending)],
        _week_lines(facts),
        _closing(),
    ]
    subject, happened, to_do = _first_lines(facts, today)
    body = [[happened, to_do], *blocks]
    return subject, "\n\n".join("\n".join(block) for block in body if block)


def _first_lines(facts: Facts, today: date) -> tuple[str, str, str]:
    """Return the subject, what happened, and what to do: of what weighs most."""
    if facts.due:
        over = any(due.paid_until < today for due in facts.due)
        happened = (
            _("Ada perlindungan yang sudah melewati hari terakhirnya.")
            if over
            else _("Ada perlindungan yang segera berakhir.")
        )
        return (_("Pengingat perlindungan"), happened, _pay_sentence(facts))
    if any(ending.is_over for ending in facts.ending):
        return (
            _("Program belum dilanjutkan"),
            _("Ada perlindungan sebuah program yang sudah melewati hari terakhirnya."),
            _("Siapkan kelanjutannya sekarang. Batasnya tiga bulan."),
        )
    if facts.ending:
        return (
            _("Program segera berakhir"),
            _("Masa sebuah program segera berakhir."),
            _("Siapkan kelanjutannya sekarang, agar tidak ada hari yang kosong."),
        )
    if facts.prices:
        return (
            _("Iuran akan berubah"),
            _("Iuran pekerja Anda akan berubah."),
            _("Anda belum perlu berbuat apa pun. Tagihan berikutnya memakai harga baru."),
        )
    return (
        _("Daftar minggu ini"),
        _("Ada perlindungan yang perlu dilihat cabang minggu ini."),
        _("Buka daftarnya: %(url)s") % {"url": settings.PUBLIC_URL + reverse("ending_soon")},
    )


def _pay_sentence(facts: Facts) -> str:
    if len(facts.invoices) == 1:
        return _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(facts.invoices[0])}
    return _("Bayar lewat tautan di bawah, tanpa masuk.")


# --- cover ----------------------------------------------------------------------------------
def _due_lines(facts: Facts, today: date) -> list[str]:
    if not facts.due:
        return []
    ending = [due for due in facts.due if due.paid_until >= today]
    over = [due for due in facts.due if due.paid_until < today]
    named = len(facts.due) <= NAMED
    lines = _ending(ending, named=named) + _over(over, today, named=named)
    if len(facts.invoices) > 1:
        lines += [
            _("Tagihan %(number)s: %(url)s") % {"number": bill.number, "url": pay_url(bill)}
            for bill in facts.invoices[:LINKED]
        ]
        if len(facts.invoices) > LINKED:
            url = settings.PUBLIC_URL + reverse("invoices")
            lines.append(_("Tagihan lainnya: %(url)s") % {"url": url})
    lines.append(_("Tautan bayar selalu menunjukkan jumlah terbaru."))
    return lines


def _ending(due: list[Due], *, named: bool) -> list[str]:
    if not due:
        return []
    if named:
        lines = [
            _("%(name)s: perlindungan sampai %(day)s.")
            % {"name": one.name, "day": tanggal(one.paid_until)}
            for one in due
        ]
    else:
        lines = [
            ngettext(
                "%(n)s pekerja: perlindungan sampai %(day)s.",
                "%(n)s pekerja: perlindungan sampai %(day)s.",
                n,
            )
            % {"n": n, "day": tanggal(day)}
            for day, n in _by_day(due)
        ]
    first = min(one.paid_until for one in due)
    return [*lines, wait_sentence(first)]


def wait_sentence(day: date) -> str:
    """Name the gap that begins the wait for the full sum anew, by the day before it, and the
    day from which the full sum would hold (P41)."""
    again = add_months(day + ONE_DAY + ONE_DAY, JKM_WAIT_MONTHS)
    return _(
        "Bila tidak dibayar sampai %(day)s, masa tunggu 3 bulan mulai lagi. "
        "Santunan penuh Rp42 juta lalu berlaku paling cepat mulai %(again)s."
    ) % {"day": tanggal(day), "again": tanggal(again)}


def wait_again_sentence(today: date) -> str:
    """The same of cover that is over already."""
    again = add_months(today, JKM_WAIT_MONTHS)
    return _(
        "Pembayaran sekarang memulai perlindungan baru. Bila dibayar hari ini, "
        "santunan penuh Rp42 juta berlaku mulai %(again)s."
    ) % {"again": tanggal(again)}


def _over(due: list[Due], today: date, *, named: bool) -> list[str]:
    """Say the arrears plainly; what the law makes of them is the branch's word (P3)."""
    if not due:
        return []
    lines = []
    if named:
        lines += [
            _("%(name)s: dibayar sampai %(day)s. Bulan yang belum dibayar: %(months)s.")
            % {
                "name": one.name,
                "day": tanggal(one.paid_until),
                "months": arrears_of(one.paid_until, today),
            }
            for one in due
        ]
    else:
        lines += [
            _("%(n)s pekerja: dibayar sampai %(day)s. Bulan yang belum dibayar: %(months)s.")
            % {"n": n, "day": tanggal(day), "months": arrears_of(day, today)}
            for day, n in _by_day(due)
        ]
    first = min(one.paid_until for one in due)
    return [
        *lines,
        _("Sponsor terputus bila belum dibayar sampai %(day)s. Tidak ada denda.")
        % {"day": tanggal(last_day_before_ending(first))},
        wait_again_sentence(today),
        _("Bila terjadi sesuatu pada hari yang belum dibayar, cabang yang memutuskan."),
    ]


def _by_day(due: list[Due]) -> list[tuple[date, int]]:
    return sorted(Counter(one.paid_until for one in due).items())


# --- prices, programmes, branches -------------------------------------------------------------
def _price_lines(facts: Facts) -> list[str]:
    if not facts.prices:
        return []
    return [
        *sentences(facts.prices),
        _("Bulan yang sudah dibayar tetap dengan harga lama."),
    ]


def _ending_lines(ending: Ending) -> list[str]:
    """Warn of a programme's end, with the limit of three months (P19)."""
    programme = ending.programme
    told = {
        "name": programme.name,
        "day": tanggal(ending.day),
        "workers": ending.workers,
        "limit": tanggal(ending.limit),
    }
    letter = settings.PUBLIC_URL + reverse("reminder_letter", args=[programme.uuid])
    return [
        _("%(name)s: %(workers)s pekerja dibayar sampai %(day)s, belum dilanjutkan.") % told
        if ending.is_over
        else _("%(name)s berakhir %(day)s: %(workers)s pekerja.") % told,
        _("Iuran menyusul masih dapat dibayar sampai %(limit)s.") % told,
        _("Sesudah tiga bulan itu pekerja harus didaftarkan lagi."),
        _("Pekerja tidak kami kirimi pesan, kecuali cabang mengizinkan."),
        _("Surat siap cetak: %(url)s") % {"url": letter},
    ]


def _week_lines(facts: Facts) -> list[str]:
    lines = []
    for office, week in facts.weeks:
        told = {"office": office.name, "soon": week.soon, "over": week.over, "stage": week.stage}
        lines.append(
            _("%(office)s: %(soon)s berakhir dalam 30 hari, %(over)s belum dibayar.") % told
        )
        if week.stage:
            lines.append(
                _("%(stage)s di antaranya program anggaran: pekerjanya belum diberi tahu.") % told
            )
    return lines


def _closing() -> list[str]:
    """What stands below every message: accidents (P5), who answers, how to get fewer."""
    url = settings.PUBLIC_URL + reverse("message_choices")
    return [
        _("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."),
        _("Bertanya? Telepon 175. Kami tidak pernah meminta PIN atau OTP."),
        _("Tidak mau pengingat ini? Atur di %(url)s") % {"url": url},
    ]
