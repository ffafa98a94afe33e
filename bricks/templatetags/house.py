"""What every template of the house may use without loading it.

Filters write amounts, numbers and dates as people read them; tags draw an icon
or a status. They format what a selector has already computed, and nothing else.
An absent value becomes an empty text, so that templates need no guards.
"""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.templatetags.static import static
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bricks.clock import JAKARTA, ZONE_NAMES, zone_of
from bricks.rupiah import NO_BREAK_SPACE, format_number, format_rupiah

register = template.Library()

EN_DASH = "\N{EN DASH}"
BULLETS = "\N{BULLET}" * 4
OFFSETS = {name: offset for offset, name in ZONE_NAMES.items()}


# --- amounts and numbers ---------------------------------------------------------
@register.filter
def rupiah(amount: int | None) -> str:
    """Write 16800 as `Rp 16.800`."""
    return "" if amount is None else format_rupiah(int(amount))


@register.filter
def number(value: int | None) -> str:
    """Write 1234 as `1.234`."""
    return "" if value is None else format_number(int(value))


@register.filter
def percent(value: Decimal | float | None, digits: int = 2) -> str:
    """Write the percentage 41.234 as `41,23 %`."""
    if value is None:
        return ""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    whole, _, rest = f"{rounded:,}".partition(".")
    shown = whole.replace(",", ".") + (f",{rest}" if rest else "")
    return f"{shown}{NO_BREAK_SPACE}%"


@register.filter
def svg(value: Decimal | float) -> str:
    """Write a number for an SVG attribute: a decimal point, whatever the language."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


# --- dates -----------------------------------------------------------------------
def _day(value: date) -> date:
    """Turn an instant into its business day in Jakarta; a date stays itself."""
    return value.astimezone(JAKARTA).date() if isinstance(value, datetime) else value


@register.filter
def tanggal(value: date | None) -> str:
    """Write a date as `20 November 2026`, in the language of the page."""
    return format_date(_day(value), "j F Y") if value else ""


@register.filter
def tanggal_singkat(value: date | None) -> str:
    """Write a date as `20 Nov 2026`."""
    return format_date(_day(value), "j M Y") if value else ""


@register.filter
def bulan(value: date | None) -> str:
    """Write a month as `November 2026`."""
    return format_date(_day(value), "F Y") if value else ""


@register.filter
def rentang(first: date | None, last: date | None) -> str:
    """Write a period as its two dates (P41): `20 Nov 2026 - 19 Nov 2027`, with an en dash."""
    if not first or not last:
        return tanggal_singkat(first or last)
    return f"{tanggal_singkat(first)} {EN_DASH} {tanggal_singkat(last)}"


@register.filter
def jam(instant: datetime | None, zone: str | int = "WIB") -> str:
    """Write an instant as `14.02 WIB`; the zone is WIB, WITA, WIT or the offset 7, 8, 9."""
    if not instant:
        return ""
    offset = OFFSETS[zone] if isinstance(zone, str) else zone
    where: tzinfo = zone_of(offset)
    return f"{instant.astimezone(where):%H.%M}{NO_BREAK_SPACE}{where.tzname(None)}"


@register.filter
def tanggal_jam(instant: datetime | None, zone: str | int = "WIB") -> str:
    """Write an instant as `20 November 2026, 14.02 WIB`, both of the given zone."""
    if not instant:
        return ""
    offset = OFFSETS[zone] if isinstance(zone, str) else zone
    day = instant.astimezone(zone_of(offset)).date()
    return f"{tanggal(day)}, {jam(instant, zone)}"


# --- identity numbers --------------------------------------------------------------
@register.filter
def nik_mask(nik: str | None) -> str:
    """Show only the last four digits of a NIK, in its groups of four."""
    return " ".join([BULLETS, BULLETS, BULLETS, nik[-4:]]) if nik else ""


@register.filter
def nik_group(nik: str | None) -> str:
    """Show a full NIK in groups of four, for those who may see it."""
    return " ".join(nik[i : i + 4] for i in range(0, len(nik), 4)) if nik else ""


# --- icons and statuses --------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "", size: int = 20) -> SafeString:
    """Draw an icon of static/img/icons.svg; without a label it is hidden from screen readers."""
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" width="{0}" height="{0}" role="img" aria-label="{1}">'
            '<use href="{2}"></use></svg>',
            size,
            label,
            href,
        )
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true" focusable="false">'
        '<use href="{1}"></use></svg>',
        size,
        href,
    )


# The tone (colour) and the icon of each status; the word comes from the model's label,
# so that no status is told by its colour alone (P42).
TONES: Mapping[str, str] = {
    "neutral": "dot",
    "info": "info",
    "wait": "clock",
    "success": "check",
    "covered": "shield",
    "warning": "alert",
    "danger": "cross",
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "enrollment:draft": ("neutral", "pencil"),
    "enrollment:awaiting_consent": ("wait", "hand"),
    "enrollment:submitted": ("wait", "clock"),
    "enrollment:in_review": ("info", "search"),
    "enrollment:returned": ("warning", "return"),
    "enrollment:approved": ("success", "check"),
    "enrollment:rejected": ("danger", "cross"),
    "enrollment:withdrawn": ("neutral", "minus"),
    "enrollment:expired": ("neutral", "hourglass"),
    "invoice:open": ("wait", "wallet"),
    "invoice:paid": ("success", "check"),
    "invoice:expired": ("neutral", "hourglass"),
    "invoice:void": ("neutral", "minus"),
    "payment:pending": ("wait", "clock"),
    "payment:settled": ("success", "check"),
    "payment:failed": ("danger", "cross"),
    "payment:reversed": ("warning", "return"),
    "sponsorship:proposed": ("neutral", "pencil"),
    "sponsorship:awaiting_payment": ("wait", "wallet"),
    "sponsorship:active": ("success", "heart"),
    "sponsorship:lapsed": ("danger", "broken"),
    "sponsorship:ended": ("neutral", "minus"),
    "coverage:awaiting_acceptance": ("wait", "clock"),
    "coverage:covered": ("covered", "shield"),
    "coverage:arrears": ("warning", "alert"),
    "coverage:ended": ("danger", "broken"),
    "coverage:never": ("neutral", "dot"),
    "coverage:branch_decides": ("info", "building"),
}


def look_of(status: str) -> tuple[str, str]:
    """Return the tone and the icon of `family:status`, or of a bare tone."""
    if status in TONES:
        return status, TONES[status]
    return STATUSES.get(status, ("neutral", "dot"))


@register.simple_tag
def badge(status: str, word: str, icon_name: str = "") -> SafeString:
    """Draw a status as word, icon and colour: `{% badge "enrollment:returned" word %}`."""
    tone, usual = look_of(status)
    return format_html(
        '<span class="badge tone-{}">{}{}</span>', tone, icon(icon_name or usual, size=16), word
    )


@register.filter
def notice_icon(tone: str) -> str:
    """Return the icon that goes with the tone of a notice."""
    return TONES.get(tone, TONES["info"])


@register.inclusion_tag("partials/status.html")
def status(
    name: str, word: str, step: str = "", who: str = "", by: date | None = None, **rest: Any
) -> dict[str, Any]:
    """Draw a status whole (P42): the badge, the next step, who acts next and until when."""
    return {"name": name, "word": word, "step": step, "who": who, "by": by, **rest}


# --- bars, pages, keys ---------------------------------------------------------------
@register.inclusion_tag("partials/bar.html")
def bar(share: Decimal | float | None, target: Decimal | float | None = None) -> dict[str, Any]:
    """Draw a bar of `share` per cent, with a mark at `target` per cent; both are clamped."""

    def clamped(value: Decimal | float) -> float:
        return min(max(float(value), 0.0), 100.0)

    return {
        "share": clamped(share or 0),
        "target": None if target in (None, "") else clamped(target),
    }


@register.inclusion_tag("partials/keys.html")
def keys(*pairs: str) -> dict[str, Any]:
    """Show what the keys of the desk do: `{% keys "j" next_text "k" previous_text %}`."""
    return {"hints": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.filter
def page_numbers(page: Page[Any]) -> list[int]:
    """Return the page numbers to offer: the ends and the near ones; 0 stands for a gap."""
    last = page.paginator.num_pages
    near = {1, last, *range(page.number - 1, page.number + 2)}
    numbers: list[int] = []
    for n in sorted(near & set(range(1, last + 1))):
        if numbers and n - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(n)
    return numbers
