"""Model fields for sealed texts."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.lookups import Exact

from bricks import secrets


class NotSearchable(ValueError):
    """A sealed text was searched by its value: only its blind index can be."""


class _IsEmpty(Exact):
    """`field=""`, the one question about a sealed text that the database can answer."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise NotSearchable(self.lhs)
        return ""


class SealedTextField(models.TextField):
    """A text that is encrypted in the database and plain in Python.

    The purpose keeps one kind of secret from being read as another. Looking one up
    by its value is impossible: keep a blind index beside it.
    """

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None else secrets.seal(value, purpose=self.purpose)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else secrets.unseal(value, purpose=self.purpose)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "exact":
            return _IsEmpty
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class DerivedTextField(models.CharField):
    """A text that is worked out from another field whenever a row is written.

    `save` and `bulk_create` write it; an `update` of the other field must name it too.
    """

    def __init__(
        self, *args: Any, of: str = "", by: Callable[[str], str] | None = None, **kwargs: Any
    ) -> None:
        self.of, self.by = of, by
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 (Django's)
        """Work the text out anew."""
        if self.by is not None:
            setattr(model_instance, self.attname, self.by(getattr(model_instance, self.of)))
        return super().pre_save(model_instance, add)
