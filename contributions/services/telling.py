"""Telling a donor, as the floor below does it for every room."""

from donors.telling import PAYING_ROLES, payers_of, tell_donor

__all__ = ["PAYING_ROLES", "payers_of", "tell_donor"]
