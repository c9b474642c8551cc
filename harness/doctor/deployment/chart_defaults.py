"""What the public chart states when the operator does not: its default values, as far as they matter here."""

from __future__ import annotations

from harness.doctor.reading import Node, yaml_trees

PATH = "(chart default)"
_VALUES = """
replicaCount: 1
image: {repository: sombra, tag: latest}
podAnnotations: {}
envs_as_secret:
  - {name: JWT_ECDSA_KEY, value: <JWT_ECDSA_KEY>}
envs:
  - {name: ORGANIZATION_URI, value: some-org}
  - {name: SOMBRA_ID, value: some-id}
  - {name: EMPLOYEE_AUTHENTICATION_METHODS, value: "transcend,session"}
  - {name: DATA_SUBJECT_AUTHENTICATION_METHODS, value: "transcend,session"}
envs_field_ref: []
envFrom: []
isMultiTenant: false
datadog: {serviceName: customer_hosted_sombra}
livenessProbe: {httpGet: {path: /health, port: 5042, scheme: HTTP}}
readinessProbe: {httpGet: {path: /health, port: 5042, scheme: HTTP}}
terminationGracePeriodSeconds: 120
autoscaling: {enabled: false, minReplicas: 2, maxReplicas: 5}
job-scheduler:
  enabled: false
  replicaCount: 1
  image: {repository: sombra-job-scheduler, tag: latest}
  podAnnotations: {}
  envs_as_secret:
    - {name: JWT_ECDSA_KEY, value: <JWT_ECDSA_KEY>}
  envs:
    - {name: ORGANIZATION_URI, value: some-org}
    - {name: SOMBRA_ID, value: some-id}
    - {name: EMPLOYEE_AUTHENTICATION_METHODS, value: "transcend,session"}
    - {name: DATA_SUBJECT_AUTHENTICATION_METHODS, value: "transcend,session"}
    - {name: ENABLE_JOB_SCHEDULER, value: "true"}
    - {name: JOB_POLLING_INTERVAL, value: "5000"}
  envFrom: []
"""


def chart_defaults() -> Node:
    """The default values as a tree whose places say that the chart states them."""
    return yaml_trees(_VALUES, path=PATH)[0]


def is_chart_default(file: str) -> bool:
    """Whether a place lies in the chart and not in a file of the operator."""
    return file == PATH
