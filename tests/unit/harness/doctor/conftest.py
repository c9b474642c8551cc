"""What the tests of the doctor share: the KMS that `doctor --live` asks."""

from tests.unit.harness.doctor.live.door import door, served, shell

__all__ = ["door", "served", "shell"]
