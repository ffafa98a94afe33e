"""What every endpoint of the API has in common: one shape of errors, one way of paging."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

_SENTENCES: Mapping[str, Promise] = {
    "parse_error": gettext_lazy("Isi permintaan bukan JSON yang benar."),
    "not_authenticated": gettext_lazy("Kirim token Anda: Authorization: Token <token>."),
    "authentication_failed": gettext_lazy("Token tidak berlaku. Buat token baru di /akun/token/."),
    "permission_denied": gettext_lazy("Token ini tidak berhak atas layanan ini."),
    "not_found": gettext_lazy("Tidak ditemukan."),
    "method_not_allowed": gettext_lazy("Cara (method) ini tidak dilayani di alamat ini."),
    "not_acceptable": gettext_lazy("Jawaban hanya tersedia sebagai JSON."),
    "unsupported_media_type": gettext_lazy("Kirim isi sebagai JSON (application/json)."),
    "invalid": gettext_lazy("Ada isian yang perlu diperbaiki."),
    "error": gettext_lazy("Permintaan ini tidak dapat dilayani."),
}


class NewestFirst(CursorPagination):
    """Pages by a cursor, so that a row that comes in meanwhile is neither lost nor doubled."""

    page_size = 50
    ordering = ("-created_at", "-pk")


class _ErrorBody(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="A word for programs, such as `invalid`.")
    message = serializers.CharField(help_text="A sentence for people.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Per field what is wrong with it.",
    )


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every refusal."""

    error = _ErrorBody()


def explain(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every refusal in one shape, with a sentence; an unknown error stays a 500.

    What was sent is never quoted: it may hold a NIK. An error with a code of its own
    keeps its own sentence.
    """
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    body: dict[str, Any] = {"code": code, "message": _sentence(error, code)}
    if isinstance(error.detail, dict):
        body["fields"] = {name: _texts(found) for name, found in error.detail.items()}
    response.data = {"error": body}
    return response


def _sentence(error: exceptions.APIException, code: str) -> str:
    if isinstance(error, exceptions.Throttled):
        seconds = getattr(error, "wait", None) or 60
        return _("Terlalu sering. Coba lagi dalam %(seconds)d detik.") % {"seconds": seconds}
    return str(_SENTENCES.get(code, error.detail))


def _texts(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for inner in found.values() for text in _texts(inner)]
    return [str(text) for text in found] if isinstance(found, list) else [str(found)]


#: What every endpoint may answer besides its own: for the OpenAPI document.
REFUSALS: dict[int, Any] = {401: ErrorSerializer, 403: ErrorSerializer, 429: ErrorSerializer}
