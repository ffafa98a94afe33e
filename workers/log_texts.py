"""What the rows of the two logs say in words."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from workers import case_selectors, desk_selectors
from workers.models import BulkDecision, Consent, Enrollment, PersonCode, Sector, WorkerEvent
from workers.reasons import read_reasons

Text = str | Promise

#: What was looked at.
LOOKS: Mapping[str, Text] = {
    desk_selectors.IDENTITY: _("NIK, nomor HP, dan alamat"),
    "nik, phone": _("NIK dan nomor HP"),
    "nik": _("NIK"),
    "phone": _("Nomor HP"),
    "reporter_phone": _("Nomor HP pelapor"),
    "nik_search": _("NIK, untuk mencari pekerja"),
    "search by nik": _("Mencari dengan NIK"),
    "password of a check file": _("Sandi berkas pemeriksaan"),
    "evidence": _("Foto atau berkas bukti"),
    "cover": _("Perlindungan, lewat NIK"),
    "person_code": _("Kode pekerja, dicetak"),
    "certificates": _("Sertifikat banyak pekerja, diunduh"),
    "endings": _("Daftar perlindungan yang akan berakhir, diunduh"),
    "view_log": _("Catatan lihat data, diunduh"),
    "audit_log": _("Catatan tindakan, diunduh"),
}
_CHECK_FILE = re.compile(r"check file of (\d+) NIK")
#: Reasons that a door gives by itself.
REASONS: Mapping[str, Text] = {"case": _("memeriksa kasus")}

#: What was done; of a case, the words of its thread.
ACTIONS: Mapping[str, Text] = {
    **{f"enrollment.{kind}": text for kind, (text, _icon) in case_selectors.STEPS.items()},
    "consent.recorded": _("Persetujuan pekerja dicatat"),
    "evidence.attached": _("Bukti diserahkan"),
    "order.submitted": _("Pendaftaran dikirim"),
    "order.discarded": _("Draf pendaftaran dibuang"),
    "worker.entered": _("Pekerja masuk daftar"),
    "worker.changed": _("Data pekerja diubah"),
    "worker.moved": _("Pekerja pindah tempat"),
    "worker.kpj_told": _("Nomor KPJ dicatat"),
    "worker_change.proposed": _("Perbaikan data diusulkan"),
    "worker_change.approved": _("Perbaikan data diterapkan"),
    "worker_change.refused": _("Perbaikan data ditolak"),
    "worker_change.withdrawn": _("Perbaikan data ditarik"),
    "worker_change.nik_taken": _("Perbaikan NIK tidak dapat diterapkan"),
    "worker.nothing_found": _("Mencari pekerja, tidak ditemukan"),
    "worker_event.recorded": _("Perubahan hidup dicatat"),
    "worker_event.revoked": _("Perubahan hidup dibatalkan"),
    "report.made": _("Laporan diterima"),
    "report.matched": _("Laporan dicocokkan dengan pekerja"),
    "report.confirmed": _("Laporan dinyatakan benar"),
    "report.refuted": _("Laporan dinyatakan tidak benar"),
    "callback.told": _("Hasil telepon ulang dicatat"),
    "bulk.proposed": _("Keputusan bersama diusulkan"),
    "bulk.sent": _("Keputusan bersama dikirim"),
    "bulk.confirmed": _("Keputusan bersama disetujui penyelia"),
    "bulk.refused": _("Keputusan bersama ditolak penyelia"),
    "bulk.withdrawn": _("Keputusan bersama ditarik"),
    "check_file.proposed": _("Berkas periksa diusulkan"),
    "check_file.released": _("Berkas periksa dilepas"),
    "check_file.refused": _("Berkas periksa ditolak"),
    "check_file.expired": _("Berkas periksa dihapus"),
    "check_file.answered": _("Jawaban berkas periksa disimpan"),
    "donor.registered": _("Donatur mendaftar"),
    "donor.opened": _("Donatur dibuka"),
    "donor.trusted": _("Batas jumlah pekerja dicabut"),
    "donor.name_allowed": _("Izin menyebut nama donatur diubah"),
    "role.given": _("Peran diberikan"),
    "role.ended": _("Peran diakhiri"),
    "token.created": _("Token program dibuat"),
    "token.revoked": _("Token program dicabut"),
    "office.created": _("Kantor dibuat"),
    "office.changed": _("Kantor diubah"),
    "occupation.added": _("Pekerjaan ditambah"),
    "occupation.changed": _("Pekerjaan diubah"),
    "holiday.added": _("Hari libur ditambah"),
    "holiday.renamed": _("Nama hari libur diubah"),
    "holiday.removed": _("Hari libur dihapus"),
    "month.closed": _("Buku sebuah bulan ditutup"),
    "tariff.changed": _("Tarif diubah"),
    "reminder.step_changed": _("Rencana pengingat diubah"),
    "programme.stage_released": _("Pesan kepada pekerja program diizinkan"),
    "programme.stage_held": _("Pesan kepada pekerja program ditahan"),
    "bank.opened": _("Rekening bank dibuka"),
    "bank.confirmed": _("Rekening bank disetujui"),
    "bank.closed": _("Rekening bank ditutup"),
    "statement.imported": _("Mutasi bank diimpor"),
    "bankline.allocated": _("Baris mutasi dibagi ke tagihan"),
    "bankline.explained": _("Baris mutasi diberi arti"),
    "bankline.proposed": _("Arti baris mutasi diusulkan"),
    "bankline.payout": _("Pencairan dicocokkan dengan mutasi"),
    "payout.imported": _("Laporan pencairan diimpor"),
    "provider_event.asked": _("Penyedia pembayaran ditanya lagi"),
    "provider_event.ruled": _("Kabar penyedia diselesaikan"),
    "refund.asked": _("Pengembalian diminta"),
    "refund.prepared": _("Pengembalian disiapkan"),
    "refund.confirmed": _("Pengembalian disetujui"),
    "refund.refused": _("Pengembalian ditolak"),
    "refund.reopened": _("Pengembalian dibuka lagi"),
    "refund.withdrawn": _("Pengembalian ditarik"),
    "refund.sent": _("Pengembalian dikirim"),
    "refund.failed": _("Pengembalian gagal"),
    "refund.done": _("Pengembalian selesai"),
    "refund.months_undone": _("Bulan dibatalkan untuk pengembalian"),
    "remittance.handed_over": _("Penyetoran diserahkan ke BPJS"),
    "remittance.answered": _("Jawaban BPJS diimpor"),
    "late_money.revived": _("Perlindungan dihidupkan dengan uang terlambat"),
    "late_money.credited": _("Uang terlambat tetap menjadi saldo"),
    "ruling.proposed": _("Putusan pembayaran yang ditarik bank diusulkan"),
    "ruling.confirmed": _("Putusan pembayaran yang ditarik bank dijalankan"),
    "ruling.withdrawn": _("Usulan putusan ditarik"),
    "sponsorship.unparked": _("Sponsor dilanjutkan setelah diperiksa"),
    "contribution.acceptance_noted": _("Pengesahan setelah uang kembali dicatat"),
    "sponsorship.stopped": _("Sponsor dihentikan donatur"),
    "sponsorship.ended_by_event": _("Sponsor berakhir karena peristiwa pekerja"),
    "sponsorship.resumed_by_event": _("Sponsor dilanjutkan, peristiwa dibatalkan"),
    "sponsorship.resumed": _("Sponsor dilanjutkan donatur"),
    "sponsorship.by_himself": _("Pekerja melanjutkan dan membayar sendiri"),
    "hand_over.offered": _("Tautan penyerahan sponsor dibuat"),
    "hand_over.revoked": _("Tautan penyerahan sponsor dibatalkan"),
    "take_over.begun": _("Donatur lain mau meneruskan"),
    "take_over.closed": _("Penerusan sponsor selesai"),
    "bridge.proposed": _("Dana talangan diusulkan"),
    "bridge.opened": _("Dana talangan dibuka"),
    "bridge.closed": _("Dana talangan ditutup"),
    "bridge.received": _("Uang masuk dana talangan"),
    "bridge.taken_back": _("Uang keluar dari dana talangan"),
    "waiting.joined": _("Pekerja masuk daftar tunggu"),
    "waiting.left": _("Pekerja keluar dari daftar tunggu"),
    "sponsorship.stop_named": _("Hari berhenti sponsor ditentukan donatur"),
    "sponsorship.stop_withdrawn": _("Hari berhenti sponsor dibatalkan donatur"),
    "sponsorship.stop_reached": _("Sponsor sampai pada hari berhenti"),
    "sponsorship.period_changed": _("Lama perpanjangan diubah donatur"),
    "sponsorship.bracket_changed": _("Golongan penghasilan atau JHT diubah donatur"),
    "contribution.resent": _("Iuran dikirim ulang ke BPJS"),
    "contribution.credited": _("Iuran dikembalikan sebagai saldo"),
    "cover.nothing_found": _("Mencari perlindungan, tidak ditemukan"),
}

#: What the keys of before and after mean.
KEYS: Mapping[str, Text] = {
    "status": _("Status"),
    "holder": _("Pemegang"),
    "office": _("Kantor"),
    "sector": _("Sektor"),
    "worker": _("Pekerja"),
    "enrollment": _("Kasus"),
    "approved_until": _("Disetujui sampai"),
    "because": _("Sebab"),
    "channel": _("Cara setuju"),
    "how": _("Cara didengar"),
    "text": _("Versi teks"),
    "given_at": _("Waktu setuju"),
    "recorded_by": _("Dicatat oleh"),
    "confirmed_by": _("Disetujui oleh"),
    "changed": _("Data yang berubah"),
    "entered": _("Data yang dicatat"),
    "fields": _("Data"),
    "reasons": _("Alasan"),
    "files": _("Berkas"),
    "workers": _("Jumlah pekerja"),
    "cases": _("Jumlah kasus"),
    "verb": _("Keputusan"),
    "kind": _("Jenis"),
    "funding": _("Sumber dana"),
    "programme": _("Program"),
    "owner": _("Pemilik"),
    "user": _("Orang"),
    "until": _("Sampai"),
    "role": _("Peran"),
    "ended_at": _("Berakhir"),
    "number": _("Nomor"),
    "show_name": _("Nama boleh disebut"),
    "content_type": _("Jenis berkas"),
    "sha256": _("Sidik berkas"),
    "bulk": _("Keputusan bersama"),
    "name": _("Nama"),
    "note": _("Catatan"),
    "happened_on": _("Terjadi"),
    "said_by": _("Dikatakan oleh"),
    "event": _("Peristiwa"),
    "change": _("Perbaikan data"),
    "batch": _("Berkas pemeriksaan"),
    "outcome": _("Hasil"),
    "verdict": _("Putusan"),
    "tries": _("Kali ditelepon"),
    "target": _("Tujuan"),
    "lines": _("Baris"),
    "saved": _("Disimpan"),
    "faulty": _("Keliru"),
    "found": _("Ditemukan"),
    "village": _("Desa atau kelurahan"),
    "token": _("Token"),
    "expires_at": _("Berlaku sampai"),
    "code": _("Kode halaman pekerja"),
    "printed_by": _("Dicetak oleh"),
    "months": _("Lama dalam bulan"),
    "bracket": _("Golongan penghasilan"),
    "jht": _("JHT"),
    "stops_on": _("Hari berhenti"),
}
#: Keys whose value is the key of a person, or of an office.
PEOPLE = frozenset({"holder", "recorded_by", "confirmed_by", "owner", "user", "printed_by"})
OFFICES = frozenset({"office"})

#: The words of data.
DATA: Mapping[str, Text] = {
    **case_selectors.COMPARED,
    "nik": _("NIK"),
    "phone": _("Nomor HP"),
    "address": _("Alamat"),
    "relation": _("Hubungan"),
    "kpj": _("KPJ"),
}
_VALUES: Mapping[str, Mapping[Any, Text]] = {
    "status": {
        **{status.value: status.label for status in BulkDecision.Status},
        **{status.value: status.label for status in Enrollment.Status},
    },
    "role": {kind.value: kind.label for kind in Role.Kind},
    "sector": {sector.value: sector.label for sector in Sector},
    "because": {because.value: because.label for because in Enrollment.Frozen},
    "channel": {channel.value: channel.label for channel in Consent.Channel},
    "how": {how.value: how.label for how in Consent.How},
    "code": {channel.value: channel.label for channel in PersonCode.Channel},
    "verb": {verb.value: verb.label for verb in BulkDecision.Verb},
    "kind": {kind.value: kind.label for kind in WorkerEvent.Kind},
}


def action_text(action: str) -> Text:
    """Return what was done, in words; an action that nobody named keeps its own."""
    return ACTIONS.get(action, action)


def look_text(what: str) -> Text:
    """Return what was looked at, in words."""
    if match := _CHECK_FILE.fullmatch(what):
        return _("Berkas pemeriksaan, %(count)s NIK") % {"count": match[1]}
    return LOOKS.get(what, what)


def reason_text(reason: str) -> Text:
    """Return why somebody looked: what he wrote, or what the door says by itself."""
    return REASONS.get(reason, reason)


def value_text(
    key: str, value: Any, *, people: Mapping[int, str], offices: Mapping[int, str]
) -> str:
    """Return one value of before or after as people read it."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return str(_("ya") if value else _("tidak"))
    if isinstance(value, list):
        return ", ".join(str(DATA.get(item, item)) for item in value)
    if isinstance(value, dict):
        return _pairs(value) if key != "reasons" else _reasons(value) or _pairs(value)
    named = people if key in PEOPLE else offices if key in OFFICES else _VALUES.get(key, {})
    return str(named.get(value, value))


def _reasons(reasons: Mapping[str, Any]) -> str:
    return "; ".join(f"{reason.label}: {reason.sentence}" for reason in read_reasons(reasons))


def _pairs(told: Mapping[str, Any]) -> str:
    return "; ".join(f"{KEYS.get(name, name)}: {value}" for name, value in told.items())
