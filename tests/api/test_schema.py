"""The OpenAPI document: valid, complete, and open to read."""

import pytest
import yaml
from django.core.management import call_command
from django.urls import reverse


def test_the_schema_is_valid_and_warns_of_nothing(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn")
    document = yaml.safe_load(capsys.readouterr().out)
    assert set(document["paths"]) == {
        "/api/v1/sponsorships/",
        "/api/v1/invoices/",
        "/api/v1/coverage-check/",
    }


@pytest.mark.django_db
def test_the_schema_names_every_refusal(client):
    response = client.get(reverse("api_schema"))
    assert response.status_code == 200
    document = yaml.safe_load(response.content)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {"401", "403", "429"} <= set(operation["responses"]), path
            assert operation["security"] == [{"token": []}]
    answer = document["components"]["schemas"]["CoverageAnswer"]["properties"]["covered"]
    assert answer["oneOf"][1]["enum"] == ["branch_decides"]
