"""Settings of messages: what their floor must know of the floors above it, by name, and
what the environment says of channels and limits."""

from django.utils.translation import gettext_lazy as _

from sertakan.env import env

__all__ = [
    "CHANNEL_SILENT_HOURS",
    "NOTICES_A_DAY",
    "NOTICE_AT_ONCE",
    "NOTICE_CHANNEL",
    "NOTICE_FRESHNESS",
    "NOTICE_GROUPS",
    "NOTICE_WORDS",
    "SMS_SENDER",
    "SMS_URL",
    "WHATSAPP_API_URL",
    "WHATSAPP_API_VERSION",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_TEMPLATES",
    "WHATSAPP_TOKEN",
    "WHATSAPP_VERIFY_TOKEN",
]

#: By kind: `callable(message) -> bool`, asked after the claim, just before each attempt;
#: False drops the message.
NOTICE_FRESHNESS: dict[str, str] = {
    "reply_stop": "workers.services.telling.may_be_answered",
    # What a worker's own phone is told; what users are told of it goes on.
    **dict.fromkeys(
        ("worker_hello", "take_over_asked", "bridged", "renewal_invoice", "credit_spent"),
        "workers.services.telling.may_be_told",
    ),
    "reminder": "contributions.services.reminding.still_true",
    "worker_reminder": "contributions.services.reminding.still_true",
    "weekly_list": "contributions.services.reminding.still_true",
}

#: Kinds that people may switch off, and the group by which they do
#: (`notices.preferences.Group`). Codes, invoices, receipts, decisions and deaths are none.
NOTICE_GROUPS: dict[str, str] = {
    "reminder": "reminders",
    "worker_reminder": "reminders",
    "cover_accepted": "cover",
    "sponsorship_queued": "cover",
    "sponsorship_resumed": "cover",
    "weekly_list": "lists",
}

#: What phones are sent at any hour: who gets it has just asked for it, or written himself.
#: Anything else to people without an account waits for the day.
NOTICE_AT_ONCE = ("person_code", "not_me", "reply_help", "reply_stop", "waiting_list")

#: Kinds with which the portal may begin by WhatsApp: the approved template (utility), and
#: the most lines that one of its shapes takes. A text of three lines goes by NAME_3, whose
#: {{1}} to {{3}} are those lines; docs/channels.md says what to have approved. A kind that
#: is not here goes by SMS.
WHATSAPP_TEMPLATES: dict[str, tuple[str, int]] = {
    "worker_hello": ("sertakan_kabar", 5),
    "reminder": ("sertakan_pengingat", 5),
    "worker_reminder": ("sertakan_pengingat", 5),
    "cover_accepted": ("sertakan_kabar", 5),
    "payment_allocated": ("sertakan_kabar", 5),
    "invoice_ready": ("sertakan_kabar", 5),
    "renewal_invoice": ("sertakan_kabar", 5),
}

#: What a short message was about, in the words of the branch; one with a subject says so.
NOTICE_WORDS = {
    "worker_hello": _("Pemberitahuan pendaftaran"),
    "worker_reminder": _("Pengingat kepada pekerja"),
    "person_code": _("Kode masuk pekerja"),
    "not_me": _("Jawaban kepada pekerja"),
    "reply_help": _("Jawaban kepada pekerja"),
    "reply_stop": _("Jawaban kepada pekerja"),
}

# `mailbox` keeps notices in the portal (the demo shows them), `email` sends them.
NOTICE_CHANNEL = env.str("NOTICE_CHANNEL", default="mailbox")
# Of kinds that people may switch off a receiver gets at most so many a day.
NOTICES_A_DAY = env.int("NOTICES_A_DAY", default=3)
# A channel that took nothing for so many hours although messages wait raises the alarm.
CHANNEL_SILENT_HOURS = env.int("CHANNEL_SILENT_HOURS", default=2)
# Codes to phones go by this function. The default keeps them in the portal's mailbox,
# which only the demo shows, so elsewhere phones sign in once a provider is set.
SMS_URL = env.str("SMS_URL", default="")
SMS_SENDER = env.str(
    "SMS_SENDER",
    default="notices.sms_by_apprise.send" if SMS_URL else "notices.sms.keep_in_mailbox",
)
# Answers and states by WhatsApp's Cloud API; without both, the door does not exist (404).
WHATSAPP_APP_SECRET = env.str("WHATSAPP_APP_SECRET", default="")
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN", default="")
# Messages to phones by WhatsApp; without both of the first two they go by SMS_SENDER.
WHATSAPP_TOKEN = env.str("WHATSAPP_TOKEN", default="")
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID", default="")
WHATSAPP_API_URL = env.str("WHATSAPP_API_URL", default="https://graph.facebook.com").rstrip("/")
WHATSAPP_API_VERSION = env.str("WHATSAPP_API_VERSION", default="v23.0")
