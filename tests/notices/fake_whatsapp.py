"""Meta's Cloud API on this machine, as its documents say: it takes messages and tells states.

It listens on 127.0.0.1 and keeps what it was asked. `faults` are what goes wrong with the
next calls, one each: an error code, "503", "429", "html", "list", "lost", "silence", "nameless".
"""

import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

TOKEN, NUMBER_ID = "EAA-token-untuk-uji", "106540352242922"
#: HTTP status by error code; the documents give 400 to most.
STATUS = {0: 401, 190: 401, 10: 403, 131031: 403, 4: 400, 130429: 400, 131016: 500, 2: 503}
#: What is answered instead of taking the message.
REFUSALS: dict[str, tuple[int, Any]] = {
    "429": (429, {}),
    "503": (503, {}),
    "html": (502, "<html>Bad Gateway</html>"),
    "list": (200, []),
}


class FakeWhatsApp:
    """The provider's side: what it took, what it will do wrong, and the states it tells."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.faults: list[str | int] = []
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

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["messaging_product"] == "whatsapp"
        self.taken.append(body)
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": body["to"], "wa_id": body["to"]}],
            "messages": [{"id": self.name(len(self.taken) - 1), "message_status": "accepted"}],
            "field_of_tomorrow": {"a": [1]},
        }

    def name(self, number: int) -> str:
        return f"wamid.HBgN{number:04}"

    def state(self, word: str, *, number: int = 0, code: int | None = None, at: int = 0) -> bytes:
        """Write the delivery that tells a state of the message taken as the given number."""
        body = self.taken[number]
        told: dict[str, Any] = {
            "id": self.name(number),
            "status": word,
            "timestamp": str(at or 1763600000),
            "recipient_id": body["to"],
            "biz_opaque_callback_data": body["biz_opaque_callback_data"],
            "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
        }
        if code is not None:
            told["errors"] = [{"code": code, "title": "told to", "error_data": {"details": "x"}}]
        value = {"messaging_product": "whatsapp", "metadata": {}, "statuses": [told]}
        entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signed(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeWhatsApp

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.asked.append((self.path, self.headers.get("Authorization", "")))
        fault = self.fake.faults.pop(0) if self.fake.faults else ""
        if isinstance(fault, int):
            error = {"message": "told to", "type": "OAuthException", "code": fault}
            self._send(STATUS.get(fault, 400), {"error": {**error, "fbtrace_id": "A"}})
        elif fault == "silence":
            sleep(1.5)
        elif fault in REFUSALS:
            self._send(*REFUSALS[fault])
        elif fault == "lost":
            # Taken, but nobody hears of it.
            self.fake.take(body)
            self.close_connection = True
            self.connection.close()
        else:
            answer = self.fake.take(body)
            self._send(200, {"messaging_product": "whatsapp"} if fault == "nameless" else answer)

    def _send(self, status: int, answer: Any) -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""
