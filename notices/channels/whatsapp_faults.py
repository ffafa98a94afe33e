"""What Meta's error codes mean for one message (Cloud API, error codes).

Their text may change; the documents say to go by the number.
"""

from datetime import timedelta
from typing import Any

from notices.channels.base import CannotDeliver, Undeliverable
from notices.models import Message

Fault = Message.Fault
AN_HOUR = timedelta(hours=1)

#: Our account, number or request is refused: head office mends it, the message waits.
OURS = {
    *(0, 3, 10, 33, 100, 190, 368),
    *range(200, 300),
    *(131005, 131008, 131009, 131030, 131031, 131042, 131045, 131051, 133010, 141006),
}
#: The template is not there in this language, not approved, paused, or of another shape.
TEMPLATES = {132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069}
#: This receiver cannot be reached by WhatsApp: no account, an old app, old terms.
NOT_THERE = {131026}
#: Not by WhatsApp this time: outside the window, an experiment, Meta's own limits.
NOT_THIS_WAY = {131047, 131049, 130472}
#: He has told WhatsApp that he wants nothing of us.
REFUSED = {131050}
#: Limits that need a longer pause than the first ones of the schedule.
PAUSES = {
    4: AN_HOUR,
    80007: AN_HOUR,
    131048: AN_HOUR,
    130429: timedelta(minutes=5),
    131056: timedelta(minutes=5),
}
_TOO_MANY, _UNKNOWN = 429, -1


def fault_of(code: Any, *, status: int = 0) -> CannotDeliver | Undeliverable:
    """Return what to raise for an error of Meta's; one that is not known may pass."""
    known = code if isinstance(code, int) and not isinstance(code, bool) else _UNKNOWN
    told = f"whatsapp {known if known != _UNKNOWN else status}"
    if known in TEMPLATES:
        return Undeliverable(Fault.TEMPLATE, told, by_sms=True)
    if known in NOT_THERE:
        return Undeliverable(Fault.NO_WHATSAPP, told, by_sms=True)
    if known in NOT_THIS_WAY:
        return Undeliverable(Fault.GAVE_UP, told, by_sms=True)
    if known in REFUSED:
        return Undeliverable(Fault.REFUSED, told)
    if known in OURS or (known == _UNKNOWN and status in {401, 403}):
        return CannotDeliver(told, after=AN_HOUR, fault=Fault.ACCOUNT)
    after = PAUSES.get(known, timedelta(minutes=5 if status == _TOO_MANY else 0))
    return CannotDeliver(told, after=after)
