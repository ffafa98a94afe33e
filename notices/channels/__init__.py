"""The ways by which a message leaves the portal."""

from notices.channels.base import CannotDeliver, Channel, UnknownChannel, channel

__all__ = ["CannotDeliver", "Channel", "UnknownChannel", "channel"]
