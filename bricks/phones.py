"""Indonesian mobile numbers: written in many ways, kept in one (+628...)."""

import re

# +62, the mobile prefix 8, and 8 to 11 digits more.
_SHAPE = re.compile(r"\+628\d{7,11}")


class BadPhone(ValueError):
    """The text is not an Indonesian mobile number."""


def clean_phone(text: str) -> str:
    """Read `0812-3456-7890`, `62812...` or `+62 812...` as `+6281234567890`.

    Raises BadPhone for anything else.
    """
    bare = re.sub(r"[\s.\-()]", "", text)
    for prefix in ("+62", "62", "0"):
        if bare.startswith(prefix):
            bare = f"+62{bare.removeprefix(prefix).removeprefix('0')}"
            break
    if not bare.isascii() or not _SHAPE.fullmatch(bare):
        raise BadPhone("not an Indonesian mobile number")
    return bare


def show_phone(phone: str) -> str:
    """Write `+6281234567890` as people do: `0812-3456-7890`."""
    local = "0" + phone.removeprefix("+62")
    return "-".join(part for part in (local[:4], local[4:8], local[8:]) if part)


def mask_phone(phone: str) -> str:
    """Show only the last three digits."""
    return f"••••{phone[-3:]}" if phone else ""
