"""Files as large as operators have them: a plan of many resources with Sombra's among them, and many manifests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.rehearsal.preflight import laid_out

PLAN_BYTES = 10_000_000
MANIFESTS = 200
_VARIABLES = 25


def write(folder: Path) -> tuple[Path, Path]:
    """A plan of `PLAN_BYTES` that deletes the KMS key, and a folder of `MANIFESTS`, one of them a gateway's."""
    manifests = folder / "manifests"
    manifests.mkdir()
    for number in range(MANIFESTS):
        (manifests / f"{number:03}.yaml").write_text(_manifest(f"app-{number}" if number else "sombra"), "utf-8")
    path = folder / "plan.json"
    path.write_text(json.dumps(_plan()), "utf-8")
    return path, manifests


def _plan() -> dict[str, Any]:
    """The module's rollback in the middle of resources that have nothing to do with it."""
    with laid_out() as samples:
        plan: dict[str, Any] = json.loads((samples / "terraform-rollback.json").read_text("utf-8"))
    own = plan["resource_changes"]
    values = {"arn": "arn:aws:lb:us-east-1:111122223333:x", "tags": {f"tag-{n}": "x" * 20 for n in range(10)}}
    others: list[dict[str, Any]] = []
    planned: list[dict[str, Any]] = []
    for number in range(PLAN_BYTES // (3 * len(json.dumps(values)) + 350)):
        address = f"module.other[{number}].aws_lb.this"
        change = {"actions": ["no-op"], "before": values, "after": values, "after_unknown": {"tags": {}}}
        others.append({"address": address, "mode": "managed", "type": "aws_lb", "name": "this", "change": change})
        planned.append({"address": address, "values": values})
    half = len(others) // 2
    plan["resource_changes"] = [*others[:half], *own, *others[half:]]
    plan["planned_values"] = {"root_module": {"child_modules": [{"resources": planned}]}}
    return plan


def _manifest(name: str) -> str:
    variables = [{"name": f"VARIABLE_{number}", "value": f"value {number}"} for number in range(_VARIABLES)]
    lines = "".join(f"            - name: {each['name']}\n              value: {each['value']}\n" for each in variables)
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: transcend
spec:
  replicas: 1
  strategy: {{type: Recreate}}
  template:
    spec:
      serviceAccountName: {name}
      containers:
        - name: main
          image: registry.example/{name}:v1.2.3
          env:
{lines}---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{port: 80, name: http}}], selector: {{app: {name}}}}}
"""
