"""What the floor of messages must know of the floors above it, by name."""

#: By kind: `callable(message) -> bool`, asked after the claim, just before each attempt;
#: False drops the message.
FRESHNESS: dict[str, str] = {
    "reply_stop": "workers.services.telling.may_be_answered",
}

#: Kinds that people may switch off, and the group by which they do
#: (`notices.preferences.Group`). Codes, invoices, receipts, decisions and deaths are none.
GROUPS: dict[str, str] = {
    "reminder": "reminders",
    "cover_accepted": "cover",
    "sponsorship_queued": "cover",
    "sponsorship_resumed": "cover",
    "weekly_list": "lists",
}
