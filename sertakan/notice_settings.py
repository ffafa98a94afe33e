"""What the floor of messages must know of the floors above it, by name."""

#: By kind: `callable(message) -> bool`, asked after the claim, just before each attempt;
#: False drops the message.
FRESHNESS: dict[str, str] = {}
