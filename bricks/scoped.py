"""Managers that show a row only to those who may see it (house section 8)."""

from typing import Any

from django.db import models


class NotScoped(AttributeError):
    """A scoped model was asked for rows without saying who asks."""


class ScopedManager(models.Manager[Any]):
    """Offers only `visible_to(user)`, which the model's queryset defines.

    Any other question, such as `all()` or `get()`, raises NotScoped: a door cannot
    forget the scope. Services, selectors and access modules use `everything`.
    """

    def visible_to(self, user: Any) -> Any:
        """Return the rows that `user` may see."""
        return super().get_queryset().visible_to(user)  # type: ignore[attr-defined]

    def get_queryset(self) -> Any:
        raise NotScoped(f"{self.model.__name__}.objects offers only visible_to(user)")


def scoped(queryset_class: type[models.QuerySet[Any]]) -> ScopedManager:
    """Build the scoped manager for a queryset class that defines `visible_to`."""
    return ScopedManager.from_queryset(queryset_class)()
