"""What each check says in words, and by which rule (`services.checking` makes them)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workers.age import age_on, turns_65_on
from workers.models import Check, Enrollment, Sector

Text = str | Promise

#: Kind: what is asked, and by which rule.
TITLES: Mapping[str, tuple[Text, Text]] = {
    "nik_structure": (
        _("Susunan NIK"),
        _("16 angka: wilayah, tanggal lahir, nomor urut (PP 37/2007)."),
    ),
    "nik_birth_date": (
        _("Tanggal lahir dan NIK"),
        _("Angka 7 sampai 12 NIK. Data yang pernah dikoreksi boleh berbeda."),
    ),
    "nik_sex": (
        _("Jenis kelamin dan NIK"),
        _("Pada NIK perempuan, tanggal lahir ditambah 40."),
    ),
    "nik_region": (
        _("Wilayah pada NIK"),
        _("Enam angka pertama. Wilayah bisa dimekarkan; pekerja boleh pindah."),
    ),
    "age": (
        _("Usia"),
        _("Belum 65 tahun saat mendaftar dan membayar iuran pertama."),
    ),
    "sector": (
        _("Sektor"),
        _("Diusulkan menurut pekerjaan, ditetapkan cabang. Sektor menentukan iuran (PP 50/2025)."),
    ),
    "informal": (
        _("Bukan penerima upah"),
        _("Penerima upah wajib didaftarkan pemberi kerjanya (PP 44/2015)."),
    ),
    "consent": (
        _("Persetujuan pekerja"),
        _("Persetujuan tercatat dan dapat ditunjukkan (UU 27/2022 pasal 22 dan 24)."),
    ),
    "registry": (
        _("Data di portal"),
        _("Satu NIK adalah satu pekerja. NIK yang dikenal bukan kesalahan."),
    ),
    "standing": (
        _("Peristiwa di registri"),
        _("Untuk yang meninggal, menjadi penerima upah, atau berhenti, tidak ada iuran baru."),
    ),
    "civil_registry": (
        _("Data kependudukan"),
        _("Hanya Dukcapil yang dapat memastikan sebuah NIK."),
    ),
    "core_member": (
        _("Peserta BPJS Ketenagakerjaan"),
        _("Pekerja penerima upah (PU) didaftarkan pemberi kerjanya."),
    ),
    "duplicate": (
        _("Pendaftaran lain"),
        _("Dua donatur boleh mendaftarkan satu pekerja; satu bulan dibayar satu kali."),
    ),
    "likely_twin": (
        _("Orang yang mirip"),
        _("Nama, tanggal lahir, dan tempat yang mirip dengan NIK lain. Bandingkan."),
    ),
    "other_payer": (
        _("Dibayar pihak lain"),
        _("Satu bulan dibayar satu kali. Iuran berikutnya mulai sesudahnya."),
    ),
    "area": (
        _("Wilayah cabang"),
        _("Cabang melayani kabupaten atau kota tempat pekerja."),
    ),
    "risk_age": (_("Risiko: usia"), _("Usia 60 tahun ke atas meminta satu bukti tambahan.")),
    "risk_phone": (
        _("Risiko: nomor HP"),
        _("Satu nomor untuk lebih dari tiga pekerja meminta satu bukti tambahan."),
    ),
    "risk_address": (
        _("Risiko: alamat"),
        _("Satu alamat untuk lebih dari lima pekerja meminta satu bukti tambahan."),
    ),
    "risk_term": (_("Risiko: masa"), _("Pendaftaran satu bulan meminta satu bukti tambahan.")),
    "risk_donor": (
        _("Risiko: donatur"),
        _("Banyak pekerja di luar rumah dan keluarga meminta satu bukti tambahan."),
    ),
    "risk_deaths": (
        _("Risiko: kematian"),
        _("Banyak kematian dalam enam bulan meminta satu bukti tambahan."),
    ),
}

#: (kind, outcome, variant): the sentence. A missing variant falls back to "".
SENTENCES: Mapping[tuple[str, str, str], Text] = {
    ("nik_structure", "ok", ""): _("NIK tersusun benar."),
    ("nik_structure", "stop", ""): _("NIK ini tidak mungkin benar."),
    ("nik_birth_date", "ok", ""): _("Sama."),
    ("nik_birth_date", "note", ""): _("Tanggal lahir berbeda dari NIK. Cocokkan dengan KTP."),
    ("nik_sex", "ok", ""): _("Sama."),
    ("nik_sex", "note", ""): _("Jenis kelamin berbeda dari NIK. Cocokkan dengan KTP."),
    ("nik_sex", "stop", ""): _("Jenis kelamin belum diisi."),
    ("nik_region", "ok", ""): _("Kode wilayah dikenal."),
    ("nik_region", "note", ""): _("Kode wilayah tidak ada di daftar sekarang."),
    ("age", "ok", ""): _("%(age)s tahun."),
    ("age", "note", "soon"): _("Berusia 65 tahun pada %(birthday)s. Harus dibayar sebelum itu."),
    ("age", "ok", "goes_on"): _("Sudah 65 tahun; perlindungannya berjalan terus, jadi boleh."),
    ("age", "stop", "too_old"): _("Sudah berusia 65 tahun."),
    ("age", "stop", "too_young"): _("Belum cukup umur."),
    ("age", "stop", "unknown"): _("Tanggal lahir belum diisi."),
    ("consent", "ok", ""): _("Ada."),
    ("consent", "ok", "form"): _("Formulir bertanda tangan terlampir."),
    ("consent", "ok", "link"): _("Pekerja menyetujui sendiri lewat tautan."),
    ("consent", "ok", "page"): _("Pekerja menyetujui sendiri di halamannya."),
    ("consent", "ok", "branch"): _("Dicatat oleh cabang."),
    ("consent", "ok", "public_task"): _("Diganti tugas pemerintah daerah dalam perjanjian."),
    ("consent", "note", "donor_phone"): _(
        "Disetujui lewat HP, tetapi nomornya juga nomor donatur. Tanyakan kepada pekerja."
    ),
    ("consent", "stop", "missing"): _("Belum ada persetujuan."),
    ("consent", "stop", "no_form"): _("Foto formulirnya tidak ada."),
    ("consent", "stop", "no_public_task"): _("Perjanjian ini tidak mencatat tugas pemerintah."),
    ("registry", "ok", "new"): _("Pekerja baru di portal."),
    ("registry", "ok", "known"): _("Pekerja sudah dikenal, datanya sama."),
    ("registry", "note", ""): _("Pekerja sudah dikenal dengan data berbeda. Bandingkan."),
    ("standing", "ok", ""): _("Tidak ada yang menghalangi."),
    ("standing", "stop", "died"): _("Tercatat meninggal di registri."),
    ("standing", "stop", "death_reported"): _("Dilaporkan meninggal. Putuskan laporannya dulu."),
    ("standing", "stop", "employee"): _(
        "Tercatat menjadi penerima upah. Batalkan dulu peristiwanya di registri bila ia kembali."
    ),
    ("standing", "stop", "left"): _(
        "Tercatat tidak mau lagi. Batalkan dulu peristiwanya di registri bila ia kembali."
    ),
    ("civil_registry", "info", "not_connected"): _(
        "Belum terhubung ke data kependudukan: belum ada yang memastikan NIK ini."
    ),
    ("civil_registry", "info", "not_asked"): _(
        "Data kependudukan belum ditanya: belum ada yang memastikan NIK ini."
    ),
    ("civil_registry", "ok", "match"): _("NIK, nama, dan tanggal lahir cocok. %(source)s."),
    ("civil_registry", "note", "changed"): _(
        "Data diubah sesudah jawaban terakhir (%(source)s). Tanyakan lagi."
    ),
    ("civil_registry", "stop", "no_match"): _(
        "Tidak cocok dengan data kependudukan. %(source)s. Kembalikan untuk diperbaiki."
    ),
    ("civil_registry", "stop", "not_found"): _(
        "NIK tidak ditemukan. %(source)s. Kembalikan untuk diperbaiki."
    ),
    ("civil_registry", "stop", "dead"): _("Tercatat meninggal. %(source)s."),
    ("core_member", "info", "not_asked"): _("Belum ditanyakan ke sistem inti."),
    ("core_member", "ok", ""): _("Bukan peserta aktif. %(source)s."),
    ("core_member", "ok", "former"): _("Pernah peserta, sekarang tidak aktif. %(source)s."),
    ("core_member", "note", "member"): _("Dibayar sumber lain s.d. %(until)s. %(source)s."),
    ("core_member", "note", "no_match"): _(
        "NIK ini tercatat atas data lain di sistem inti. %(source)s."
    ),
    ("core_member", "stop", "employee"): _(
        "Aktif sebagai penerima upah: wajib PU lewat pemberi kerja. %(source)s."
    ),
    ("core_member", "stop", "dead"): _("Tercatat meninggal di sistem inti. %(source)s."),
    ("duplicate", "ok", ""): _("Tidak ada dengan NIK ini."),
    ("duplicate", "note", ""): _("%(count)s pendaftaran lain dengan NIK ini. Lihat daftarnya."),
    ("likely_twin", "ok", ""): _("Tidak ada."),
    ("likely_twin", "ok", "ruled"): _("Sudah diputuskan: orang yang berbeda."),
    ("likely_twin", "note", ""): _("%(count)s orang mirip dengan NIK lain. Bandingkan di bawah."),
    ("likely_twin", "stop", "same"): _(
        "Menurut cabang orang yang sama dengan NIK lain. Perbaiki NIK yang keliru dulu."
    ),
    ("other_payer", "ok", ""): _("Tidak ada."),
    ("other_payer", "info", ""): _("Pernah dibayar pihak lain, %(from)s sampai %(until)s."),
    ("other_payer", "note", ""): _("Dibayar pihak lain, %(from)s sampai %(until)s."),
    ("other_payer", "note", "accepted"): _(
        "Dibayar pihak lain, %(from)s sampai %(until)s, sudah diterima BPJS."
    ),
    ("other_payer", "note", "waiting"): _(
        "Dibayar pihak lain, %(from)s sampai %(until)s, belum semua diterima BPJS."
    ),
    ("sector", "ok", ""): _("%(sector)s."),
    ("sector", "ok", "proposed"): _("%(sector)s menurut pekerjaan. Anda yang menetapkan."),
    ("sector", "ok", "confirmed"): _("%(sector)s, ditetapkan cabang."),
    ("sector", "note", ""): _("%(sector)s, padahal menurut pekerjaan %(proposed)s."),
    ("informal", "ok", ""): _("Tidak ada tanda bahwa donatur membayar upahnya."),
    ("informal", "note", ""): _("Tanyakan: apakah donatur membayar upah kepadanya?"),
    ("area", "ok", ""): _("Dilayani cabang ini."),
    ("area", "note", ""): _("Tempat pekerja dilayani kantor lain. Serahkan bila perlu."),
    ("risk_age", "ok", ""): _("Di bawah 60 tahun."),
    ("risk_age", "note", ""): _("Berusia 60 tahun ke atas. Pastikan ia masih bekerja."),
    ("risk_phone", "ok", ""): _("Nomor tidak dipakai banyak pekerja."),
    ("risk_phone", "ok", "none"): _("Tanpa nomor HP."),
    ("risk_phone", "note", ""): _("Nomor ini dipakai %(count)s pekerja. Telepon untuk memastikan."),
    ("risk_address", "ok", ""): _("Alamat tidak dipakai banyak pekerja."),
    ("risk_address", "ok", "none"): _("Tanpa alamat."),
    ("risk_address", "note", ""): _("Alamat ini dipakai %(count)s pekerja. Pastikan ia bekerja."),
    ("risk_term", "ok", ""): _("Lebih dari satu bulan."),
    ("risk_term", "note", ""): _("Hanya satu bulan. Pastikan ia masih bekerja."),
    ("risk_donor", "ok", ""): _("Wajar."),
    ("risk_donor", "note", ""): _(
        "Donatur ini mendaftarkan %(count)s orang lain. Pastikan bekerja."
    ),
    ("risk_deaths", "ok", ""): _("Wajar."),
    ("risk_deaths", "note", ""): _("%(count)s kematian dalam enam bulan. Pastikan ia bekerja."),
    ("risk_deaths", "note", "donor"): _(
        "%(count)s pekerja donatur ini meninggal dalam enam bulan. Pastikan ia bekerja."
    ),
    ("risk_deaths", "note", "recorder"): _(
        "%(count)s pekerja dari pengisi ini meninggal dalam enam bulan. Pastikan ia bekerja."
    ),
}


@dataclass(frozen=True)
class CheckLine:
    """One check as the officer reads it."""

    kind: str
    outcome: str
    title: Text
    sentence: str
    rule: Text

    @property
    def is_risk(self) -> bool:
        return self.kind.startswith("risk_")


def read_check(check: Check, case: Enrollment, today: date) -> CheckLine:
    """Put one check of a case into words."""
    title, rule = TITLES[check.kind]
    variant = str(check.detail.get("variant", ""))
    text = SENTENCES.get((check.kind, check.outcome, variant)) or SENTENCES.get(
        (check.kind, check.outcome, ""), ""
    )
    sentence = (
        str(text) % _figures(check.detail, case, today) if text else gettext("Lihat datanya.")
    )
    return CheckLine(check.kind, check.outcome, title, sentence, rule)


def _figures(detail: Mapping[str, Any], case: Enrollment, today: date) -> dict[str, Any]:
    born = case.birth_date
    return {
        "count": detail.get("count", 0),
        "age": age_on(born, today) if born else "",
        "birthday": f"{turns_65_on(born):%d-%m-%Y}" if born else "",
        "from": _day(detail.get("from", "")),
        "until": _day(detail.get("until", "")),
        "sector": _sector(detail.get("sector")),
        "proposed": _sector(detail.get("proposed")),
        "source": _source(detail),
    }


def _source(detail: Mapping[str, Any]) -> str:
    """Who said it and when; what the sandbox made up is called so."""
    if "source" not in detail:
        return ""
    told = {"source": detail["source"], "day": _day(detail["on"])}
    if detail.get("sandbox"):
        return gettext("Jawaban kotak pasir, bukan data nyata: %(source)s, %(day)s") % told
    return gettext("Jawaban %(source)s, %(day)s") % told


def _sector(value: str | None) -> str:
    return str(Sector(value).label) if value in Sector.values else ""


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d-%m-%Y}" if iso else ""
