"""Pay links open one invoice, and only as they were made."""

from base64 import urlsafe_b64encode
from uuid import uuid4

import pytest
from django.core.signing import Signer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import paylinks
from tests.payments.builders import open_invoice

pytestmark = pytest.mark.django_db


def test_a_link_leads_to_its_invoice():
    invoice, other = open_invoice(), open_invoice()
    assert paylinks.read(paylinks.make(invoice)) == invoice
    assert paylinks.read(paylinks.make(other)) == other


def test_a_link_is_the_same_each_time_and_short_enough_for_a_message():
    invoice = open_invoice()
    assert paylinks.make(invoice) == paylinks.make(invoice)
    assert len(paylinks.make(invoice)) < 70
    assert paylinks.make(invoice).replace(".", "").replace("-", "").replace("_", "").isalnum()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(max_size=80))
def test_a_made_up_link_is_refused(token):
    with pytest.raises(paylinks.BadPayLink):
        paylinks.read(token)


def test_a_changed_link_is_refused():
    token = paylinks.make(open_invoice())
    for position in range(len(token)):
        changed = (
            token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        )
        with pytest.raises(paylinks.BadPayLink):
            paylinks.read(changed)


def test_a_signature_made_for_another_purpose_is_refused():
    name = paylinks.make(open_invoice()).partition(".")[0]
    with pytest.raises(paylinks.BadPayLink):
        paylinks.read(Signer(salt="other", sep=".").sign(name))


def test_a_link_to_no_invoice_is_refused():
    name = urlsafe_b64encode(uuid4().bytes).rstrip(b"=").decode()
    with pytest.raises(paylinks.BadPayLink):
        paylinks.read(Signer(salt="payments.paylinks", sep=".").sign(name))
    with pytest.raises(paylinks.BadPayLink):
        paylinks.read(Signer(salt="payments.paylinks", sep=".").sign("short"))
