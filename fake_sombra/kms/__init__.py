"""A KMS that answers as AWS does: one rule set behind a botocore hook and an HTTP front."""

from fake_sombra.kms.control import control_app
from fake_sombra.kms.door_http import http_app
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.state import Kms

__all__ = ["Kms", "KmsError", "control_app", "http_app"]
