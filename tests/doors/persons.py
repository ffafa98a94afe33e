"""The addresses of the worker's own page, of the code that the branch prints, and of replies."""

from tests.doors.shapes import (
    DONE,
    PUBLIC,
    PUBLIC_POST,
    Row,
    Rows,
    answers,
    at_desk,
    case,
)

#: Whoever has no code of his own is led to where he gets one, signed in or not.
LED = answers(nobody=302, donors=302, staff=302)
ABSENT = answers(nobody=404, donors=404, staff=404)

ROWS: Rows = {
    "person_enter": Row(PUBLIC, PUBLIC_POST),
    "person_printed": Row(PUBLIC, PUBLIC_POST),
    "person_check": Row(PUBLIC, PUBLIC_POST),
    "person_code": Row(LED, LED),
    "person_done": Row(post=LED),
    "person": Row(LED),
    "person_card": Row(LED),
    "person_correct": Row(LED, LED),
    "person_leave": Row(LED, LED),
    "person_agree": Row(post=LED, at=case),
    "person_refuse": Row(post=LED, at=case),
    "person_not_me": Row(post=LED, at=case),
    "person_wrong": Row(LED, LED, at=case),
    "person_code_print": Row(post=at_desk(), at=case),
    "donor_name": Row(
        post=answers(donors=404, staff=403, owner=DONE, stranger=DONE), data={"boleh": "ya"}
    ),
    # A letter that is none, and a provider that is not set up.
    "mailbox_reply": Row(post=ABSENT, data={"surat": "0", "balasan": "2"}),
    "whatsapp_webhook": Row(ABSENT, ABSENT),
}
