"""A caller with a token, as a program would be."""

import json

import pytest
import time_machine

from accounts.tokens import create_token
from bricks.clock import noon
from tests.dashboards import world
from tests.factories import TODAY, OfficeAreaFactory


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(noon(TODAY), tick=False):
        yield


@pytest.fixture
def places(db):
    world.areas()
    OfficeAreaFactory()


@pytest.fixture
def call(client):
    """Call an endpoint with the token of a user, or none: `call(url, user, body)`."""

    def caller(url, user=None, body=None, token="", **more):
        token = token or (create_token(user=user, now=noon(TODAY)) if user else "")
        headers = {"Authorization": f"Token {token}"} if token else {}
        headers |= more.pop("headers", {})
        if body is None:
            return client.get(url, headers=headers, **more)
        content = body if isinstance(body, str) else json.dumps(body)
        return client.post(url, content, content_type="application/json", headers=headers, **more)

    return caller
