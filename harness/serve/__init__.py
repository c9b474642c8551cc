"""A world to lay hands on: gateway, stand-in and KMS front that stay up, their controls, and a page for people."""

from __future__ import annotations

from harness.serve.running import Ports, Running

__all__ = ["Ports", "Running"]
