"""A server that is no KMS: it answers every request with the same bytes, with none, or one byte at a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_DRIP_S = 0.05


@dataclass(slots=True)
class Hostile:
    """What it sends, and whether it sends it slowly."""

    answer: bytes
    is_slow: bool = False
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                talking, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(talking,), daemon=True).start()

    def _talk(self, talking: socket.socket) -> None:
        with talking:
            try:
                self.heard.append(talking.recv(65_536))
                if not self.answer:
                    self._over.wait()
                if not self.is_slow:
                    talking.sendall(self.answer)
                    return
                for each in self.answer:
                    talking.sendall(bytes([each]))
                    if self._over.wait(_DRIP_S):
                        return
            except OSError:
                return

    def close(self) -> None:
        """Let every waiting connection go."""
        self._over.set()


@contextmanager
def hostile(answer: bytes, *, is_slow: bool = False) -> Iterator[Hostile]:
    """Serve on an ephemeral loopback port; an empty answer is a black hole."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        server = Hostile(answer, is_slow, int(listener.getsockname()[1]))
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.close()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def http(body: bytes, *, status: str = "200 OK", kind: str = "application/x-amz-json-1.1") -> bytes:
    """A whole answer that ends its connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
