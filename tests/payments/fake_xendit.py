"""A provider on this machine that behaves as Xendit's invoice documents say (domain 6.3)."""

import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.factories import NOW


class FakeXendit:
    """The provider's side: invoices, what was asked of it, what it will do wrong."""

    def __init__(self) -> None:
        self.invoices: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.auth: list[str] = []
        self.faults: list[str] = []
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def of(self, order_id: str) -> list[dict[str, Any]]:
        return [row for row in self.invoices.values() if row["external_id"] == order_id]

    def pay(self, order_id: str, *, at: datetime = NOW, place: int = 0, **fields: Any) -> None:
        row = self.of(order_id)[place]
        row.update(
            status="PAID",
            paid_amount=row["amount"],
            paid_at=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            payment_method="QR_CODE",
            payment_channel="QRIS",
        )
        row.update(fields)

    def callback(self, order_id: str, **changed: Any) -> bytes:
        return json.dumps({**self.of(order_id)[0], **changed}).encode()

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.asked.append((method, path, body))
        parts = urlsplit(path)
        if method == "POST" and parts.path == "/v2/invoices":
            return 200, self.open(body)
        if parts.path == "/v2/invoices":
            return 200, self.of(parse_qs(parts.query)["external_id"][0])
        name = parts.path.split("/")[-1 if method == "GET" else -2]
        if name not in self.invoices:
            return 404, {"error_code": "INVOICE_NOT_FOUND_ERROR"}
        row = self.invoices[name]
        if method == "POST":
            if row["status"] != "PENDING":
                return 400, {"error_code": "INVOICE_NOT_PENDING"}
            row["status"] = "EXPIRED"
        return 200, row

    def open(self, body: dict[str, Any]) -> dict[str, Any]:
        name = f"6543210fedcba{len(self.invoices) + 1:011}"
        self.invoices[name] = {
            "id": name,
            "external_id": body["external_id"],
            "user_id": "made-up",
            "status": "PENDING",
            "merchant_name": "SERTAKAN",
            "amount": body["amount"],
            "invoice_url": f"https://checkout.xendit.example/web/{name}",
            "currency": "IDR",
        }
        return self.invoices[name]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeXendit

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
            return self._send(int(fault), '{"error_code": "MADE_UP"}')
        if fault == "html":
            return self._send(200, "<html>")
        status, answer = self.fake.answer(self.command, self.path, body)
        if fault == "lost":
            self.close_connection = True
            self.connection.close()
            return None
        return self._send(status, json.dumps(answer))

    def _send(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""
