"""A mail server on this machine, as RFC 5321 says: it takes mails, or refuses in its own words.

`refusals` are what it answers to a command instead, as "RCPT" to "550 no such user"; "421"
closes the connection, as the RFC demands.
"""

from email import message_from_string
from email.message import Message as Mail
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class FakeSmtp(ThreadingTCPServer):
    """The server: the mails it took, and to whom."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[tuple[list[str], Mail]] = []
        self.refusals: dict[str, str] = {}
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Session(StreamRequestHandler):
    server: FakeSmtp

    def handle(self) -> None:
        to: list[str] = []
        self._say(self.server.refusals.get("HELLO", "220 fake.test ESMTP"))
        while line := self.rfile.readline().decode():
            word = line[:4].upper().strip()
            refusal = self.server.refusals.get(word)
            if refusal:
                self._say(refusal)
                if refusal.startswith("421"):
                    return
            elif word == "EHLO":
                self._say("250-fake.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")
            elif word == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
                self._say("250 OK")
            elif word == "DATA":
                self._say("354 go on")
                self.server.taken.append((to, message_from_string(self._mail(), policy=default)))
                to = []
                self._say("250 OK queued")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("235 OK" if word == "AUTH" else "250 OK")

    def _mail(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line.removeprefix("."))
        return "\n".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())
