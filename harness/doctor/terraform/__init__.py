"""What a Terraform plan does to Sombra: its keys, its tasks, its policies, and how its module is called."""

from harness.doctor.terraform.keys import ALIAS_RULES, DRIFT_RULES, KEY_RULES
from harness.doctor.terraform.module import CALL_RULES, SECRET_RULES
from harness.doctor.terraform.reader import plans

__all__ = ["ALIAS_RULES", "CALL_RULES", "DRIFT_RULES", "KEY_RULES", "SECRET_RULES", "plans"]
