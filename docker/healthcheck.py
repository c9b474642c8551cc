"""Whether a service of this container answers: its exit code is the container's health."""

from __future__ import annotations

import http.client
import os
import sys

TIMEOUT_S = 2.0


def answers(port: int, path: str) -> bool:
    """A GET to this container's own port comes back with success."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    asked = sys.argv[1:] or (os.environ.get("INTERNAL_PORT_HTTP") or "5039", "/health")
    sys.exit(0 if answers(int(asked[0]), asked[1]) else 1)
