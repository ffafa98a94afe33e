"""Everybody begins on a page that he may open."""

import pytest
from django.urls import reverse

from accounts.homes import home_of
from accounts.models import Role
from tests.contributions.builders import few_prices
from tests.factories import KanwilFactory, OfficeFactory, ProvinceFactory, officer
from tests.people import links_of

pytestmark = pytest.mark.django_db


def kanwil():
    office = KanwilFactory()
    office.kanwil_provinces.create(province=ProvinceFactory())
    return office


@pytest.mark.parametrize("place", [OfficeFactory, kanwil, None])
def test_an_auditor_begins_where_he_may_look(client, place):
    few_prices()
    auditor = officer(Role.Kind.AUDITOR, office=place() if place else None)
    client.force_login(auditor)
    page = client.get(home_of(auditor))
    assert page.status_code == 200
    for link in links_of(page.content.decode()):
        assert client.get(link).status_code < 400, link


def test_an_auditor_of_one_branch_is_shown_no_figures(client):
    auditor = officer(Role.Kind.AUDITOR, office=OfficeFactory())
    client.force_login(auditor)
    page = client.get(home_of(auditor)).content.decode()
    assert reverse("view_log") in links_of(page)
    assert reverse("dashboard") not in links_of(page)
    assert client.get(reverse("dashboard")).status_code == 404
