"""The visitor's own process: asks for pages until a line comes on his standard input.

Then he says in JSON how many milliseconds each page took. Started by `benchmarks.visitor`,
whose environment names the database.
"""

import json
import select
import sys
from http import HTTPStatus
from itertools import count
from time import perf_counter

import django

django.setup()

from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import User  # noqa: E402

#: He looks at lists, and every so often writes something.
WRITES_EVERY = 10


class NoPage(Exception):
    """A page did not answer as it should."""


def main(user: int) -> None:
    """Come in, look at each page once, say so, and begin to count."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(pk=user))
    lists = [reverse("sponsorships"), reverse("invoices")]
    times: dict[str, list[float]] = {"reads": [], "writes": []}
    for address in lists:
        _timed(client, address)
    print("in", flush=True)
    for number in count(1):
        if select.select([sys.stdin], [], [], 0)[0]:
            break
        if number % WRITES_EVERY:
            times["reads"].append(_timed(client, lists[number % len(lists)]))
        else:
            word = "ya" if number % (2 * WRITES_EVERY) else "tidak"
            times["writes"].append(_timed(client, reverse("donor_name"), boleh=word))
    print(json.dumps(times), flush=True)


def _timed(client: Client, address: str, **said: str) -> float:
    """Ask for a page, or send a form, and return the milliseconds until it is answered."""
    started = perf_counter()
    answer = client.post(address, said) if said else client.get(address)
    taken = (perf_counter() - started) * 1000
    if answer.status_code != (HTTPStatus.FOUND if said else HTTPStatus.OK):
        raise NoPage(f"{address} answered {answer.status_code}")
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]))
