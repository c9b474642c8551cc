"""LocalStack's KMS as a neighbour: one that runs already, or one of our own in host mode."""

from harness.targets.localstack.installation import Installation, Unavailable, installed
from harness.targets.localstack.instance import LocalStack, neighbour

__all__ = ["Installation", "LocalStack", "Unavailable", "installed", "neighbour"]
