"""A provider on this machine that behaves as Midtrans's documents say (domain 6.2).

It listens on 127.0.0.1, keeps its orders in memory and notifies by a function that posts
for it. `faults` are what goes wrong with the next calls, one each.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

from bricks.clock import JAKARTA
from payments.sandbox.acquirer import qris_payload
from tests.factories import NOW

KEY = "SB-Mid-server-TESTKEY"
#: By our HTTP answer: how often a notification is sent again; any other answer five times.
SENT_AGAIN = {200: 0, 301: 0, 302: 0, 303: 0, 500: 1, 503: 4, 400: 2, 404: 2}
CODES = {"pending": "201", "settlement": "200", "deny": "202", "expire": "202", "cancel": "200"}


class FakeMidtrans:
    """The provider's side: orders, what was asked of it, what it will do wrong."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.auth: list[str] = []
        self.faults: list[str] = []
        self.extra: dict[str, Any] = {}
        self.keep_qris = False
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # What payers and banks do.

    def pay(self, order_id: str, *, at: datetime = NOW, amount: int | None = None) -> None:
        order = self.orders[order_id]
        order.update(transaction_status="settlement", settlement_time=_wib(at))
        if amount is not None:
            order["gross_amount"] = f"{amount}.00"

    def become(self, order_id: str, word: str, **fields: Any) -> None:
        self.orders[order_id].update(transaction_status=word, **fields)

    def notification(self, order_id: str, **changed: Any) -> bytes:
        """Write the notification about an order as it stands, signed as documented."""
        body = {**self._public(order_id), **changed}
        signed = f"{body['order_id']}{body['status_code']}{body['gross_amount']}{KEY}"
        return json.dumps(
            {"signature_key": hashlib.sha512(signed.encode()).hexdigest(), **body}
        ).encode()

    def notify(self, body: bytes, post: Callable[[bytes], int]) -> list[int]:
        """Send a notification, and again as the answers say; return all answers."""
        answers = [post(body)]
        while answers[-1] != 200 and len(answers) <= SENT_AGAIN.get(answers[-1], 5):
            answers.append(post(body))
        return answers

    # The four calls.

    def answer(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((method, path, body))
        if path == "/v2/charge":
            return self._charge(body)
        order_id, act = path.removeprefix("/v2/").rsplit("/", 1)
        if order_id not in self.orders:
            return _refused(404, "Transaction doesn't exist.")
        if act == "cancel":
            return self._cancel(order_id)
        if act == "refund":
            return self._refund(order_id, body)
        return self._public(order_id)

    def _charge(self, body: dict[str, Any]) -> dict[str, Any]:
        details = body["transaction_details"]
        order_id, amount = details["order_id"], details["gross_amount"]
        if order_id in self.orders:
            return _refused(406, "order_id has been paid and utilized")
        number = len(self.orders) + 1
        order = {
            "status_message": "Success, transaction is created",
            "transaction_id": f"0d8178e1-c6c7-4ab4-81a6-{number:012}",
            "order_id": order_id,
            "merchant_id": "M099098",
            "gross_amount": f"{amount}.00",
            "currency": "IDR",
            "payment_type": body["payment_type"],
            "transaction_time": body["custom_expiry"]["order_time"][:19],
            "transaction_status": "pending",
            "fraud_status": "accept",
            "refunds": [],
        }
        self.orders[order_id] = order
        shown = self._way(body, order_id, amount, number)
        # A status answer does not repeat the payload of a QRIS.
        order.update({} if "qr_string" in shown and not self.keep_qris else shown)
        return {**self._public(order_id), **shown}

    def _way(self, body: dict[str, Any], order_id: str, amount: int, number: int) -> dict[str, Any]:
        if body["payment_type"] == "echannel":
            return {"bill_key": f"81{number:010}", "biller_code": "70012"}
        if body["payment_type"] == "bank_transfer":
            bank = body["bank_transfer"]["bank"]
            if bank == "permata":
                return {"permata_va_number": f"877800{number:010}"}
            return {"va_numbers": [{"bank": bank, "va_number": f"988012{number:010}"}]}
        url = f"https://api.midtrans.example/v2/qris/{number}/qr-code"
        return {
            "qr_string": qris_payload(order_id=order_id, amount=amount),
            "actions": [{"name": "generate-qr-code", "method": "GET", "url": url}],
            "acquirer": "gopay",
        }

    def _cancel(self, order_id: str) -> dict[str, Any]:
        if self.orders[order_id]["transaction_status"] != "pending":
            return _refused(412, "Merchant cannot modify the status of the transaction")
        self.become(order_id, "cancel")
        return self._public(order_id)

    def _refund(self, order_id: str, body: dict[str, Any]) -> dict[str, Any]:
        order, amount = self.orders[order_id], body["amount"]
        if order["transaction_status"] not in {"settlement", "partial_refund"}:
            return _refused(412, "Merchant cannot modify the status of the transaction")
        if any(made["refund_key"] == body["refund_key"] for made in order["refunds"]):
            return _refused(406, "refund_key has been utilized")
        sent = sum(int(made["refund_amount"][:-3]) for made in order["refunds"]) + amount
        gross = int(order["gross_amount"][:-3])
        if sent > gross:
            return _refused(413, "refund amount is more than what is left")
        made = {"refund_key": body["refund_key"], "refund_amount": f"{amount}.00"}
        order["refunds"].append({**made, "refund_chargeback_id": len(order["refunds"]) + 1})
        self.become(order_id, "refund" if sent == gross else "partial_refund")
        order["refund_amount"] = f"{sent}.00"
        return {**self._public(order_id), **order["refunds"][-1]}

    def _public(self, order_id: str) -> dict[str, Any]:
        order = self.orders[order_id]
        return {
            "status_code": CODES.get(str(order["transaction_status"]).lower(), "200"),
            **order,
            **self.extra,
        }


class _Handler(BaseHTTPRequestHandler):
    fake: FakeMidtrans

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self._serve(json.loads(self.rfile.read(size) or b"{}"))

    def _serve(self, body: dict[str, Any]) -> None:
        fault = self.fake.faults.pop(0) if self.fake.faults else ""
        self.fake.auth.append(self.headers.get("Authorization", ""))
        if fault == "silence":
            sleep(1.5)
            return None
        if fault.isdigit():
            # Midtrans tells its own errors in the body, under HTTP 200 or the same.
            return self._send(200, json.dumps(_refused(int(fault), "told to")))
        if fault == "html":
            return self._send(502, "<html>Bad Gateway</html>")
        if fault == "list":
            return self._send(200, "[]")
        answer = self.fake.answer(self.command, self.path, body)
        if fault == "lost":
            # Done, but nobody hears of it.
            self.close_connection = True
            self.connection.close()
            return None
        return self._send(200, json.dumps(answer))

    def _send(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _refused(code: int, message: str) -> dict[str, Any]:
    return {"status_code": str(code), "status_message": message, "id": "made-up"}


def _wib(instant: datetime) -> str:
    return instant.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S")
