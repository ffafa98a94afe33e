"""How the API speaks, and how it describes itself: the same in every place."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bricks.api_tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"coverage-check": "60/min", "lists": "120/min"},
    "EXCEPTION_HANDLER": "bricks.api.explain",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "SERTAKAN",
    "DESCRIPTION": (
        "Own sponsorships and invoices for donors; the cover of a worker on a day for branch "
        "officers. Make a token at /akun/token/ and send it as `Authorization: Token <token>`."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
}
