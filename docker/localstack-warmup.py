"""Make LocalStack read its service catalogue once, while an image is built; `--only-ask` is the health check."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time

PORT = 4566
DEADLINE_S = 90.0
PAUSE_S = 0.2


def lists_keys() -> bool:
    """One ListKeys succeeds; LocalStack takes any signature."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=DEADLINE_S)
    scope = "Credential=test/20000101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 {scope}",
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "TrentService.ListKeys",
    }
    try:
        connection.request("POST", "/", b"{}", headers)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def warm_up() -> bool:
    """Start it, ask once, stop it."""
    process = subprocess.Popen((sys.executable, "-m", "localstack.runtime.main"))
    try:
        deadline = time.monotonic() + DEADLINE_S
        while process.poll() is None and time.monotonic() < deadline:
            if lists_keys():
                return True
            time.sleep(PAUSE_S)
        return False
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    sys.exit(0 if (lists_keys() if "--only-ask" in sys.argv else warm_up()) else 1)
