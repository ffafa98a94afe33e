"""QRIS payloads are checked before anyone scans them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import qris
from payments.sandbox import acquirer

SAMPLE = (
    "00020101021226670015COM.EXAMPLE.WWW01189360000000000000000215TEST000000000010303UMI"
    "51440014ID.CO.QRIS.WWW0215ID00000000000000303UMI52048398530336054062016005802ID"
    "5913SERTAKAN TEST6009PALEMBANG61053011462180114SERTAKAN000001630451C5"
)


def sealed(body):
    """Give a body the checksum that fits it."""
    return f"{body}{qris.CRC_HEAD}{qris.crc(body + qris.CRC_HEAD)}"


def test_the_checksum_is_ccitt_false():
    assert qris.crc("123456789") == "29B1"


def test_the_sample_of_the_reference_is_sound():
    assert qris.check(SAMPLE) == qris.Qris(
        merchant_name="SERTAKAN TEST", merchant_city="PALEMBANG", amount=201_600, dynamic=True
    )


@given(st.integers(0, len(SAMPLE) - 1), st.characters(codec="ascii"))
def test_no_single_change_goes_unseen(position, letter):
    changed = SAMPLE[:position] + letter + SAMPLE[position + 1 :]
    if changed == SAMPLE:
        return
    with pytest.raises(qris.BadQris):
        qris.check(changed)


@given(st.text(max_size=200))
def test_any_text_is_answered_with_the_same_error(text):
    with pytest.raises(qris.BadQris):
        qris.check(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5303360", "5303840"),
        ("5802ID", "5802SG"),
        ("5913SERTAKAN TEST", ""),
        ("0014ID.CO.QRIS.WWW", "0014ID.CO.OTHER.WW"),
        ("5406201600", "5409201600.50"),
        ("5204839853", "52999999"),
        ("5204839853033605406", "5204839852048398"),
    ],
)
def test_a_payload_of_another_kind_is_refused_even_with_a_fitting_checksum(old, new):
    body = SAMPLE[:-8].replace(old, new)
    assert body != SAMPLE[:-8]
    with pytest.raises(qris.BadQris):
        qris.check(sealed(body))


def test_a_static_payload_bears_no_amount():
    body = SAMPLE[:-8].replace("5406201600", "").replace("010212", "010211")
    static = qris.check(sealed(body))
    assert (static.amount, static.dynamic) == (None, False)


@given(st.integers(1, 10_000_000), st.from_regex(r"[A-Z0-9-]{1,50}", fullmatch=True))
def test_what_the_sandbox_mints_is_sound(amount, order_id):
    minted = qris.check(acquirer.qris_payload(order_id=order_id, amount=amount))
    assert minted.amount == amount
    assert minted.dynamic
    assert len(minted.merchant_name) <= 25
    assert len(minted.merchant_city) <= 15
