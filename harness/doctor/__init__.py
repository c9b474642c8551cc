from harness.doctor.examination import CUTOVER_RULES, FILE_RULES, examine, refuses_start

__all__ = ["CUTOVER_RULES", "FILE_RULES", "examine", "refuses_start"]
