"""How the OpenAPI document is held against a gateway: generated cases, some of them with values that lead somewhere.

Cases are drawn by schemathesis from the document, positive and negative; ids, nonces and download keys of a filled
world are put into some of them, or nearly all would end at the first check.
"""

from __future__ import annotations

import io
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import Failure, FailureGroup
from urllib3 import HTTPResponse

from harness.explore.seams import seed_alone_decides
from harness.target import Call, World
from tests.conformance.contract.document import DOCUMENT
from tests.conformance.wire.scene import SILO, Scene

ORIGIN: Final = "http://gateway.fake"
_CHECKS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@dataclass(slots=True)
class Outcome:
    """What a run saw: how many cases of each operation, and every answer that broke the contract."""

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """Values of a filled world, good and bad."""

    request_ids: Sequence[str]
    nonces: Sequence[str]
    download_keys: Sequence[str]

    @classmethod
    def of(cls, scene: Scene) -> Known:
        """Gather them while a gateway serves; tokens of a stranger and cut ones are among them."""
        ids = [each for era in scene.ids.values() for each in era.values()]
        client, keys = scene.client(), []
        for request_id in ids:
            path = f"v1/data-subject-request/{request_id}/download-keys"
            keys += [str(node["downloadKey"]) for node in client.sombra("GET", path).json["nodes"]]
        nonces = list(scene.nonces.values())
        stranger = "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJraW5kIjoibm9uY2UifQ." + "A" * 64
        return cls(
            [*ids, "nobody", ".."],
            [*nonces, stranger, nonces[0][:-5], keys[0]],
            [*keys, stranger, keys[0][:-5], nonces[0]],
        )


class Wire(HTTPAdapter):
    """Carries what `requests` prepares into a world, whatever the world is made of."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer as a server over sockets would."""
        parts = urlsplit(str(request.url))
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()
        }
        body = request.body or b""
        raw = body if isinstance(body, bytes) else str(body).encode()
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        (reply,) = self._world.exchange([Call(str(request.method), "customer", path, headers, raw)])
        answer = HTTPResponse(
            io.BytesIO(reply.body), headers=dict(reply.headers), status=reply.status, preload_content=False
        )
        return self.build_response(request, answer)


def exercise(
    scene: Scene,
    *,
    examples: int,
    seed_number: int,
    allowed_5xx: Mapping[int, frozenset[str]],
    only: str | None = None,
) -> Outcome:
    """Run `examples` cases of every operation, or of one; `allowed_5xx` are the causes allowed for each status."""
    outcome, known = Outcome(), Known.of(scene)
    session = requests.Session()
    session.mount(ORIGIN, Wire(scene.world))
    credentials = {
        "authorization": f"Bearer {scene.secrets.api_key}",
        "x-sombra-authorization": f"Bearer {scene.secrets.internal_key}",
    }

    def judge(case: Case[Any]) -> None:
        outcome.cases[case.operation.label] += 1
        case.headers.update(credentials)
        response = case.call(base_url=ORIGIN, session=session)
        outcome.statuses[response.status_code] += 1
        try:
            _judge_5xx(response, allowed_5xx, outcome)
            case.validate_response(response, checks=_CHECKS)
        except (AssertionError, Failure, FailureGroup) as broken:
            outcome.broken.append(f"{case.operation.label}: {broken}\n{case.as_curl_command()}"[:3000])

    # Credentials are sent with each case, so none may be drawn; that they are asked for is a test of its own.
    keyless = {name: part for name, part in DOCUMENT.items() if name != "security"}
    for found in schemathesis.openapi.from_dict(keyless).get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # the document is ours and valid, or this raises
        if only not in {None, operation.label}:
            continue
        law = settings(
            max_examples=examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )(given(case=_cases(operation, known))(judge))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a generator says of its own work is no finding
            with seed_alone_decides():
                seed(seed_number)(law)()
    return outcome


def _judge_5xx(response: Any, allowed: Mapping[int, frozenset[str]], outcome: Outcome) -> None:
    if response.status_code < 500:
        return
    code = response.json()["error"]["code"]
    outcome.causes[code] += 1
    assert code in allowed.get(response.status_code, frozenset()), f"{response.status_code} {code}"


@st.composite
def _cases(draw: st.DrawFn, operation: Any, known: Known) -> Case[Any]:
    can_be_wrong = bool(operation.body) or any(True for _ in operation.iter_parameters())
    modes = [GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    mode = draw(st.sampled_from(modes if can_be_wrong else modes[:1]))
    case: Case[Any] = draw(operation.as_strategy(generation_mode=mode))
    if mode is GenerationMode.POSITIVE:
        _lead_somewhere(draw, case, known)
    return case


def _lead_somewhere(draw: st.DrawFn, case: Case[Any], known: Known) -> None:
    """Put values of the world where the document leaves them open."""
    path = case.operation.path
    if "id" in case.path_parameters:
        silos = [SILO, "crm"]
        case.path_parameters["id"] = draw(st.sampled_from(silos if "data-silo/" in path else known.request_ids[:-1]))
    for place, values in (
        (case.query, {"downloadKey": known.download_keys}),
        (case.headers, {"x-transcend-nonce": known.nonces, "x-transcend-request-id": known.request_ids}),
        (case.body if isinstance(case.body, dict) else {}, {"requestId": known.request_ids}),
    ):
        for name, each in values.items():
            if name in place and draw(st.booleans() | st.just(True)):
                place[name] = draw(st.sampled_from(each))
