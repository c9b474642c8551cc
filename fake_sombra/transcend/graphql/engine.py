"""How a GraphQL document is run over our part of the public schema, and how what goes wrong is told.

The one module, with `bounds`, that loads graphql-core: half a second, which only a first query pays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
    visit,
)

from fake_sombra.errors import Refusal, UpstreamDown
from fake_sombra.logs import Log
from fake_sombra.transcend.graphql.asking import Asking
from fake_sombra.transcend.graphql.bounds import LONGEST, MOST_TOKENS, root_fields, too_much
from fake_sombra.transcend.graphql.changing import Changing
from fake_sombra.transcend.graphql.organization_fields import OrganizationFields
from fake_sombra.transcend.graphql.reading import Reading
from fake_sombra.transcend.graphql.services import Asker, Resolver, Services, SombraRefused

Answer = dict[str, Any]

FOR_ANYONE: Final = frozenset({"dataSubjectDownloadCEK", "__typename"})
"""A data subject's browser has no API key: its session speaks for it, and the gateway judges that."""

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_ERRORS_TOLD: Final = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """One well-formed request: a document, its variables, and which of its operations is meant."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


class Engine:
    """Runs documents; `log` is told the kind of a failure that is not a caller's."""

    def __init__(self, services: Services, *, log: Log) -> None:
        self._log = log
        self._root: dict[str, Resolver] = {
            **OrganizationFields(services).resolvers(),
            **Reading(services).resolvers(),
            **Changing(services).resolvers(),
            **Asking(services).resolvers(),
        }

    async def run(self, asked: Asked, asker: Asker) -> Answer:
        """Return `{data}` or `{errors: [{message}]}`, or both; never raises for what a caller sent."""
        document = _checked(asked.query) if len(asked.query) <= LONGEST else _TOO_LONG
        if not asker.is_admitted and not _is_for_anyone(document, asked.operation_name):
            return refused("API key is invalid: send 'authorization: Bearer <API key>'", code="not_authenticated")
        if not isinstance(document, DocumentNode):
            return {"errors": document}
        awaited = execute(
            _schema(),
            document,
            root_value=self._root,
            context_value=asker,
            variable_values=dict(asked.variables),
            operation_name=asked.operation_name,
            max_coercion_errors=_ERRORS_TOLD,
        )
        result = awaited if isinstance(awaited, ExecutionResult) else await awaited
        answer: Answer = {"data": result.data}
        if result.errors:
            answer["errors"] = [self._told(error) for error in result.errors[:_ERRORS_TOLD]]
        return answer

    def _told(self, error: GraphQLError) -> Answer:
        cause = error.original_error
        if isinstance(cause, UpstreamDown):
            told = _error(cause.message, code=cause.code)
        elif isinstance(cause, Refusal):
            told = _error(_as_clients_expect(cause.message), code=cause.code)
        elif isinstance(cause, SombraRefused):
            told = _error(f"Client error: Sombra refused: {cause}", code=cause.code)
        elif cause is None or isinstance(cause, GraphQLError):
            # In the words that clients look for, which graphql-js has and graphql-core has not.
            words = error.message.replace("has invalid value", "got invalid value")
            told = _error(words, code="BAD_USER_INPUT")
        else:
            self._log("error", "failed", code="internal", kind=type(cause).__name__, route="POST /graphql")
            told = _error("the stand-in failed; its log names the kind of error", code="internal")
        return told if error.path is None else {**told, "path": list(error.path)}


def refused(message: str, *, code: str) -> Answer:
    """An answer that holds nothing but one error."""
    return {"errors": [_error(message, code=code)]}


def _error(message: str, *, code: str) -> Answer:
    return {"message": message, "extensions": {"code": code}}


def _as_clients_expect(message: str) -> str:
    """Begin as the errors do that clients do not try again (clients.md section 2)."""
    return message if message.startswith("Client error") else f"Client error: {message}"


_TOO_LONG: Final = [  # and not worth being remembered
    _error(f"the query is too large: over {LONGEST} characters", code="GRAPHQL_VALIDATION_FAILED")
]


@lru_cache(maxsize=1)
def _schema() -> GraphQLSchema:
    return build_schema(files(__package__).joinpath("schema.graphql").read_text("utf-8"), no_location=True)


@lru_cache(maxsize=64)
def _checked(query: str) -> DocumentNode | list[Answer]:
    """Parse, weigh and validate a document; clients send the same few again and again."""
    try:
        document = parse(query, max_tokens=MOST_TOKENS, allow_empty_selection_sets=False)
        over = too_much(document) or _unstorable(document)
        found = [over] if over else _invalid(document)
    except GraphQLError as error:
        message = f"syntax error: {error.message.removeprefix('Syntax Error: ')}"
        return [_error(message, code="GRAPHQL_PARSE_FAILED")]
    except RecursionError:
        found = ["the query is too large: it is nested too deeply"]
    return [_error(message, code="GRAPHQL_VALIDATION_FAILED") for message in found] or document


def _invalid(document: DocumentNode) -> list[str]:
    return [error.message for error in validate(_schema(), document, max_errors=_ERRORS_TOLD)]


def _unstorable(document: DocumentNode) -> str | None:
    texts: list[str] = []

    class Texts(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: object) -> None:
            texts.append(node.value)

    visit(document, Texts())
    return "a text holds a character that cannot be stored" if any(map(_UNSTORABLE.search, texts)) else None


def _is_for_anyone(document: DocumentNode | list[Answer], operation_name: str | None) -> bool:
    if not isinstance(document, DocumentNode):
        return False
    operation = get_operation_ast(document, operation_name)
    if not isinstance(operation, OperationDefinitionNode):
        return False
    return set(root_fields(document, operation)) <= FOR_ANYONE
