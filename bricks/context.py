"""What every page knows about the place it is served from."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Name the operator (P46), and tell whether this is a demo, BPJS's core a sandbox, and
    how the open questions of arrears and return are answered here (domain reference 1.3)."""
    return {
        "operator": {"name": settings.OPERATOR_NAME, "phone": settings.OPERATOR_PHONE},
        "demo": settings.DEMO,
        "sandbox_core": settings.CORE_SYSTEM == "sandbox",
        "lapsed_return": settings.LAPSED_RETURN,
        "arrears_protected": settings.ARREARS_PROTECTED,
    }
