"""How the KMS says no: AWS's own codes, messages and HTTP statuses (kms.md section 4)."""

from __future__ import annotations

from fake_sombra.errors import SombraError

_STATUS = {"KMSInternalException": 500, "KeyUnavailableException": 500, "DependencyTimeoutException": 503}


class KmsError(SombraError):
    """One refused call; `code` and `message` are what boto3 shows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = _STATUS.get(code, 400)
