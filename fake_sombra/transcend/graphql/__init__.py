"""The public GraphQL of Transcend's cloud, as far as clients of a migration use it."""

from fake_sombra.transcend.graphql.door import GraphqlDoor
from fake_sombra.transcend.graphql.services import Services

__all__ = ["GraphqlDoor", "Services"]
