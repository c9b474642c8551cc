"""The peer of a streamed file: the same bytes over the same two hops, by plain sockets and nothing else."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable

CHUNK = 1 << 20


def drain(port: int, question: bytes = b"") -> int:
    """Connect, send the question, and count the bytes that come until the other side hangs up."""
    taken, count = memoryview(bytearray(CHUNK)), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(question)
        while size := connection.recv_into(taken):
            count += size
    return count


def _source(connection: socket.socket, size: int) -> None:
    chunk = memoryview(bytes(CHUNK))
    for start in range(0, size, CHUNK):
        connection.sendall(chunk[: min(CHUNK, size - start)])


def _relay(connection: socket.socket, port: int) -> None:
    chunk = memoryview(bytearray(CHUNK))
    with socket.create_connection(("127.0.0.1", port)) as source:
        while size := source.recv_into(chunk):
            connection.sendall(chunk[:size])


def _serve(handle: Callable[[socket.socket, int], None], number: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                handle(connection, number)


def main() -> None:
    """`source SIZE` sends so many bytes to each caller; `relay PORT` passes on what that port sends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("role", choices=("source", "relay"))
    parser.add_argument("number", type=int)
    given = parser.parse_args()
    _serve(_source if given.role == "source" else _relay, given.number)


if __name__ == "__main__":
    main()
