"""The sandbox's bank: virtual-account numbers and QRIS payloads that no real bank knows."""

from uuid import UUID

from payments.qris import CRC_HEAD, NATIONAL_ID, crc

BANK = "Bank Sandbox"
MERCHANT_NAME = "SERTAKAN SANDBOX"
MERCHANT_CITY = "JAKARTA"
#: No bank's prefix begins with three nines.
VA_PREFIX = "99900"


def va_number(transaction_id: UUID) -> str:
    """Return a virtual-account number of 16 digits."""
    return f"{VA_PREFIX}{transaction_id.int % 10**11:011}"


def qris_payload(*, order_id: str, amount: int) -> str:
    """Build a dynamic QRIS payload over an amount in rupiah."""
    merchant = _field("00", "COM.EXAMPLE.WWW") + _field("01", "936000000000000000")
    merchant += _field("02", "SANDBOX00000001") + _field("03", "UMI")
    national = _field("00", NATIONAL_ID) + _field("02", "ID0000000000000") + _field("03", "UMI")
    body = "".join(
        [
            _field("00", "01"),
            _field("01", "12"),
            _field("26", merchant),
            _field("51", national),
            _field("52", "8398"),
            _field("53", "360"),
            _field("54", str(amount)),
            _field("58", "ID"),
            _field("59", MERCHANT_NAME),
            _field("60", MERCHANT_CITY),
            _field("61", "12930"),
            _field("62", _field("01", order_id[-25:])),
            CRC_HEAD,
        ]
    )
    return body + crc(body)


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"
