"""How the guide's three secrets managers hold Sombra's variables, and how each gives them to a process (G-14).

All three end in the environment: what differs is the document they are kept in, and who takes it apart.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

Variables = Mapping[str, str]


def kubernetes_secret(variables: Variables) -> str:
    """A Secret as the API server holds it: each value in base64."""
    data = {name: base64.b64encode(value.encode()).decode() for name, value in variables.items()}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sombra-secrets"}, "data": data})


def from_kubernetes_secret(document: str) -> dict[str, str]:
    """What `envFrom` makes of it."""
    held: Mapping[str, str] = json.loads(document)["data"]
    return {name: base64.b64decode(value, validate=True).decode() for name, value in held.items()}


def aws_secret(variables: Variables) -> str:
    """What `GetSecretValue` answers: one text, itself JSON."""
    stages = ["AWSCURRENT"]
    return json.dumps({"Name": "sombra", "VersionStages": stages, "SecretString": json.dumps(dict(variables))})


def from_aws_secret(document: str) -> dict[str, str]:
    """What a task's `valueFrom: arn:…:secret:sombra:NAME::` makes of it, name by name."""
    text: str = json.loads(document)["SecretString"]
    return {str(name): str(value) for name, value in json.loads(text).items()}


def vault_secret(variables: Variables) -> str:
    """What version 2 of Vault's key-value store answers."""
    return json.dumps({"data": {"data": dict(variables), "metadata": {"version": 1}}})


def from_vault_secret(document: str) -> dict[str, str]:
    """What the agent's template, or External Secrets, makes of it."""
    return {str(name): str(value) for name, value in json.loads(document)["data"]["data"].items()}


STORES: Mapping[str, tuple[Callable[[Variables], str], Callable[[str], dict[str, str]]]] = MappingProxyType(
    {
        "Kubernetes Secret": (kubernetes_secret, from_kubernetes_secret),
        "AWS Secrets Manager": (aws_secret, from_aws_secret),
        "Vault": (vault_secret, from_vault_secret),
    }
)


def delivered(store: str, variables: Variables) -> dict[str, str]:
    """The variables of a process whose secrets are kept in this store."""
    keep, give = STORES[store]
    return give(keep(variables))
