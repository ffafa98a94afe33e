"""The words of a Midtrans notification: signature, status, amount, time."""

import hashlib
import json
from datetime import datetime

import pytest

from bricks.clock import JAKARTA
from payments.gateways import notification
from payments.gateways.protocol import BadAnswer, BadEvent, BadSignature, State

KEY = "SB-Mid-server-TESTKEY"
VENDORS = (
    "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e237"
    "5d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231"
)
OURS = (
    "1f3b9e07599d3e66141fa71ca1d1537f6891f653482b379868c233cc1c2c17bd"
    "b20ea4e4736009d0439a9a621defe7bc75305c106c3803ed3062470987e9768a"
)
VECTORS = [
    (("1111", "200", "100000.00", "askvnoibnosifnboseofinbofinfgbiufglnbfg"), VENDORS),
    (("SERTAKAN-2024-000001", "200", "201600.00", KEY), OURS),
]


@pytest.mark.parametrize(("texts", "expected"), VECTORS)
def test_the_signature_is_that_of_the_documents(texts, expected):
    order_id, status_code, gross_amount, server_key = texts
    assert expected == notification.signature(
        order_id=order_id,
        status_code=status_code,
        gross_amount=gross_amount,
        server_key=server_key,
    )


def body(**changed):
    fields = {
        "order_id": "SERTAKAN-2024-000001",
        "status_code": "200",
        "gross_amount": "201600.00",
        "signature_key": OURS,
        "transaction_status": "settlement",
        "something_new": {"of": ["tomorrow"]},
        **changed,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def test_a_signed_body_with_unknown_fields_is_read():
    event = notification.event_of(body(), server_key=KEY)
    assert event.order_id == "SERTAKAN-2024-000001"
    assert event.state is State.SETTLED
    assert event.key == f"settlement:{hashlib.sha256(body()).hexdigest()}"


def test_the_same_body_has_the_same_key_and_another_refund_another():
    first, second = body(refund_key="r1"), body(refund_key="r2")
    keys = {notification.event_of(b, server_key=KEY).key for b in (first, first, second)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"order_id": "SERTAKAN-2024-000002"},
        {"status_code": "201"},
        {"gross_amount": "201600"},
        {"gross_amount": "2016000.00"},
        {"signature_key": "0" * 128},
        {"signature_key": ""},
    ],
)
def test_a_changed_body_is_not_signed(changed):
    with pytest.raises(BadSignature):
        notification.event_of(body(**changed), server_key=KEY)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"order_id=1",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        body(signature_key=None),
        body(order_id=None),
        body(order_id=7),
        body(order_id="../../etc"),
        body(order_id="x" * 51),
        body(order_id="nol\x00"),
        body(gross_amount=201600),
        body(gross_amount="\ud800"),
        body(transaction_status=None),
        body(transaction_status="'; drop table"),
    ],
)
def test_a_body_that_no_provider_sends_is_malformed(broken):
    with pytest.raises(BadEvent):
        notification.event_of(broken, server_key=KEY)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"transaction_status": "pending", "status_code": "201"}, State.PENDING),
        ({"transaction_status": "authorize", "status_code": "200"}, State.PENDING),
        ({"transaction_status": "settlement", "status_code": "200"}, State.SETTLED),
        ({"transaction_status": "SETTLEMENT", "status_code": "200"}, State.SETTLED),
        (
            {"transaction_status": "capture", "status_code": "200", "fraud_status": "ACCEPT"},
            State.SETTLED,
        ),
        (
            {"transaction_status": "capture", "status_code": "200", "fraud_status": "challenge"},
            State.PENDING,
        ),
        (
            {"transaction_status": "capture", "status_code": "200", "fraud_status": "deny"},
            State.FAILED,
        ),
        ({"transaction_status": "settlement", "status_code": "201"}, State.PENDING),
        ({"transaction_status": "deny"}, State.FAILED),
        ({"transaction_status": "cancel"}, State.FAILED),
        ({"transaction_status": "expire"}, State.FAILED),
        ({"transaction_status": "failure"}, State.FAILED),
        ({"transaction_status": "refund"}, State.REVERSED),
        ({"transaction_status": "chargeback"}, State.REVERSED),
        ({"transaction_status": "partial_refund"}, State.PARTIAL),
        ({"transaction_status": "partial_chargeback"}, State.PARTIAL),
        ({"transaction_status": "a_word_of_tomorrow"}, State.UNKNOWN),
        ({}, State.UNKNOWN),
    ],
)
def test_paid_needs_word_code_and_no_fraud(fields, state):
    assert notification.state_of(fields) is state


def test_a_status_answer_gives_the_providers_time_and_amount():
    answer = notification.status_of(
        {
            "order_id": "SERTAKAN-1",
            "status_code": "200",
            "transaction_status": "settlement",
            "gross_amount": "184800.00",
            "settlement_time": "2026-11-20 14:02:31",
            "transaction_time": "2026-11-20 13:50:00",
            "payment_type": "qris",
            "transaction_id": "abc",
        }
    )
    assert answer.amount == 184_800
    assert answer.settled_at == datetime(2026, 11, 20, 14, 2, 31, tzinfo=JAKARTA)
    assert (answer.channel, answer.reference) == ("qris", "abc")


@pytest.mark.parametrize("text", ["184800.50", "184,800", "-1.00", "1e6", "", None, 184800, "١"])
def test_an_amount_that_is_not_whole_rupiah_is_refused(text):
    with pytest.raises(BadAnswer):
        notification.rupiah_of(text)


@pytest.mark.parametrize("text", ["", None, "20-11-2026", "2026-02-30 10:00:00"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(BadAnswer):
        notification.instant_of(text)
