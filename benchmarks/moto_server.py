"""The peer of the KMS front and of a start: moto's own threaded server, without a log line for each request."""

from __future__ import annotations

import logging
import signal
import threading

from moto.server import ThreadedMotoServer


def main() -> None:
    """Serve on a free port until SIGTERM."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would slow the peer down
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
