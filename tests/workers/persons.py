"""What the tests of the worker's own page share: a phone, and a browser that has a code."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import phone_index
from notices.models import Message
from tests.factories import NOW, EnrollmentFactory, WorkerFactory, officer
from workers.models import Enrollment, Worker
from workers.services.own_access import print_code

PHONE = "+6281234567890"


def of_phone(phone: str = PHONE) -> dict[str, str]:
    """The columns of a row that bears a phone."""
    return {"phone": phone, "phone_index": phone_index(phone)}


def worker_with_phone(**more: Any) -> Worker:
    return WorkerFactory(**of_phone(), **more)


def case_with_phone(**more: Any) -> Enrollment:
    return EnrollmentFactory(**of_phone(), **more)


def codes_sent() -> list[str]:
    """The codes in the messages so far, the newest message last."""
    bodies = [message.body for message in Message.objects.filter(kind="person_code").order_by("pk")]
    return [code for body in bodies for code in re.findall(r"\b\d{6}\b", body)]


def typed(row: Any) -> dict[str, str]:
    """Phone and birth date as a worker types them."""
    return {"phone": "0812-3456-7890", "birth_date": f"{row.birth_date:%d-%m-%Y}"}


def opened_by_phone(row: Any) -> Client:
    """A browser in which the person of a row has opened his page by a code to his phone."""
    client = Client()
    client.post(reverse("person_enter"), typed(row))
    client.post(reverse("person_code"), {"code": codes_sent()[-1]})
    return client


def opened_by_print(case: Enrollment) -> Client:
    """A browser in which the worker of a case has opened his page by a printed code."""
    client = Client()
    code = print_code(enrollment=case, by=officer(office=case.office), now=NOW)
    data = {"code": code, "birth_date": f"{case.birth_date:%d-%m-%Y}"}
    client.post(reverse("person_printed"), data)
    return client
