"""Everybody begins on a page that he may open."""

import pytest

from accounts.homes import home_of
from accounts.models import Role
from tests.factories import KanwilFactory, OfficeFactory, ProvinceFactory, officer

pytestmark = pytest.mark.django_db


def kanwil():
    office = KanwilFactory()
    office.kanwil_provinces.create(province=ProvinceFactory())
    return office


@pytest.mark.parametrize("place", [OfficeFactory, kanwil, None])
def test_an_auditor_begins_where_he_may_look(client, place):
    auditor = officer(Role.Kind.AUDITOR, office=place() if place else None)
    client.force_login(auditor)
    assert client.get(home_of(auditor)).status_code == 200
