"""The fixtures of both doors."""

from tests.unit.fake_sombra.kms.fixtures import bench, front, new_bench

__all__ = ["bench", "front", "new_bench"]
