"""The page that shows every component with made-up content; served in the demo only."""

from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from bricks.charts import PROVINCES, TileFigure, line_chart, tile_map
from bricks.clock import jakarta_midnight
from bricks.widgets import (
    ChoiceRow,
    CodeInput,
    DateText,
    MoneyInput,
    NikInput,
    PhoneInput,
    PhotoInput,
)

DAY = date(2026, 11, 20)
MONTHS = ["Des", "Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov"]
COVERED = [812, 1240, 1495, 1730, 2260, 2710, 2688, 3055, None, 3890, 4402, 4816]
TARGETS = [500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500, 6000]


class SampleForm(forms.Form):
    """The fields that orders are made of."""

    nik = forms.CharField(label="NIK pekerja", help_text="16 angka di KTP.", widget=NikInput)
    name = forms.CharField(label="Nama lengkap", help_text="Seperti tertulis di KTP.")
    birth_date = forms.DateField(
        label="Tanggal lahir", help_text="Contoh: 17-08-1985", widget=DateText
    )
    phone = forms.CharField(label="Nomor HP pekerja", widget=PhoneInput, required=False)
    sex = forms.ChoiceField(
        label="Jenis kelamin",
        choices=[("L", "Laki-laki"), ("P", "Perempuan")],
        widget=ChoiceRow,
    )
    months = forms.ChoiceField(
        label="Berapa lama?",
        choices=[
            (
                "12",
                mark_safe(
                    "<strong>12 bulan</strong>"
                    '<span class="choice-help">20 Nov 2026 – 19 Nov 2027</span>'
                ),
            ),
            (
                "6",
                mark_safe(
                    "<strong>6 bulan</strong>"
                    '<span class="choice-help">20 Nov 2026 – 19 Mei 2027</span>'
                ),
            ),
        ],
        widget=forms.RadioSelect,
    )
    income = forms.CharField(label="Penghasilan sebulan", widget=MoneyInput, required=False)
    job = forms.ChoiceField(
        label="Pekerjaan", choices=[("", "Pilih"), ("1", "Pengemudi ojek"), ("2", "Petani")]
    )
    code = forms.CharField(label="Kode", widget=CodeInput, required=False)
    photo = forms.FileField(label="Foto formulir persetujuan", widget=PhotoInput, required=False)
    note = forms.CharField(label="Catatan", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(
        label="Pekerja tahu dan setuju didaftarkan",
        help_text="Tanpa persetujuan, cabang tidak dapat memeriksa.",
    )


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component; `?galat` shows the form with its errors."""
    wrong = {"nik": "1671013508850001", "birth_date": "35-08-1985", "months": "12", "job": ""}
    names = ["Kota Palembang", "Kabupaten Muara Enim", "Kabupaten Ogan Komering Ulu Timur"]
    shares = [Decimal("61.4"), Decimal("38.25"), Decimal("12.08")]
    figures = {
        code: TileFigure(code, (int(code) * 37) % 100, f"{(int(code) * 37) % 100} %", "#peta")
        for code in PROVINCES
        if code not in {"95", "76"}
    }
    context = {
        "form": SampleForm(wrong if "galat" in request.GET else None),
        "page": Paginator(range(214), 20).page(5),
        "day": DAY,
        "until": date(2027, 11, 19),
        "by": DAY + timedelta(days=4),
        "instant": jakarta_midnight(DAY) + timedelta(hours=14, minutes=2),
        "chart": line_chart(MONTHS, [("Pekerja terlindungi", COVERED), ("Sasaran", TARGETS)]),
        "tiles": tile_map(figures, [20, 40, 60, 80]),
        "tile_steps": ["di bawah 20 %", "20–40 %", "40–60 %", "60–80 %", "80 % ke atas"],
        "rows": [
            {"label": name, "shown": f"{share} %".replace(".", ","), "share": share, "target": 50}
            for name, share in zip(names, shares, strict=True)
        ],
        "months": [
            {"month": date(2026, 11, 1), "amount": 8400, "half": True},
            {"month": date(2026, 12, 1), "amount": 8400, "half": True},
            {"month": date(2027, 1, 1), "amount": 16800, "half": False},
        ],
    }
    return render(request, "styleguide.html", context)
