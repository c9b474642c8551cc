"""The simulated AWS KMS: one set of rules (`Kms`) behind two doors and a control port."""

from fake_sombra.kms.call import Access, Caller
from fake_sombra.kms.control import control_app
from fake_sombra.kms.door_http import product_app
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.state import Kms

__all__ = ["Access", "Caller", "Kms", "KmsError", "control_app", "product_app"]
