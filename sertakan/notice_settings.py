"""What the floor of messages must know of the floors above it, by name."""

from django.utils.translation import gettext_lazy as _

#: By kind: `callable(message) -> bool`, asked after the claim, just before each attempt;
#: False drops the message.
FRESHNESS: dict[str, str] = {
    "reply_stop": "workers.services.telling.may_be_answered",
    "reminder": "contributions.services.reminding.still_true",
    "worker_reminder": "contributions.services.reminding.still_true",
    "weekly_list": "contributions.services.reminding.still_true",
}

#: Kinds that people may switch off, and the group by which they do
#: (`notices.preferences.Group`). Codes, invoices, receipts, decisions and deaths are none.
GROUPS: dict[str, str] = {
    "reminder": "reminders",
    "worker_reminder": "reminders",
    "cover_accepted": "cover",
    "sponsorship_queued": "cover",
    "sponsorship_resumed": "cover",
    "weekly_list": "lists",
}

#: Kinds with which the portal may begin by WhatsApp: the approved template (utility), and
#: the most lines that one of its shapes takes. A text of three lines goes by NAME_3, whose
#: {{1}} to {{3}} are those lines; docs/channels.md says what to have approved. A kind that
#: is not here goes by SMS.
WHATSAPP_TEMPLATES: dict[str, tuple[str, int]] = {
    "worker_hello": ("sertakan_kabar", 5),
    "reminder": ("sertakan_pengingat", 5),
    "cover_accepted": ("sertakan_kabar", 5),
    "payment_allocated": ("sertakan_kabar", 5),
    "invoice_ready": ("sertakan_kabar", 5),
    "renewal_invoice": ("sertakan_kabar", 5),
}

#: What a short message was about, in the words of the branch; one with a subject says so.
KIND_WORDS = {
    "worker_hello": _("Pemberitahuan pendaftaran"),
    "worker_reminder": _("Pengingat kepada pekerja"),
    "person_code": _("Kode masuk pekerja"),
    "not_me": _("Jawaban kepada pekerja"),
    "reply_help": _("Jawaban kepada pekerja"),
    "reply_stop": _("Jawaban kepada pekerja"),
}
