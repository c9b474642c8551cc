"""The mutations that only a gateway can serve: keys for browsers, contexts signed anew, a test of the connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sombra.errors import BadRequest, Conflict, NotFound, UpstreamDown
from fake_sombra.transcend import integrations, requests
from fake_sombra.transcend.graphql.organization_fields import OrganizationFields
from fake_sombra.transcend.graphql.services import Resolver, Services, SombraRefused, asked, known_id
from fake_sombra.transcend.graphql.views import Node

_MOST_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Asking:
    """Resolvers that ask a gateway; what it refuses is told with its cause."""

    services: Services

    def resolvers(self) -> dict[str, Resolver]:
        """Return them by the name of their field."""
        return {
            "testSombraGatewayConnection": self._test_connection,
            "dataSubjectDownloadCEK": self._data_subject_key,
            "employeeDownloadCEK": self._employee_key,
            "employeeReSignEncryptedCEKContexts": self._re_sign,
            "reSignSaaSContexts": self._re_sign_integrations,
        }

    async def _test_connection(self, info: Any, id: str) -> Node:  # noqa: A002  the argument's public name
        if id not in OrganizationFields(self.services).sombra_ids():
            raise NotFound("there is no such Sombra; `organization { sombras { id } }` lists them")
        return {"success": await self.services.ingress.is_up()}

    async def _data_subject_key(self, info: Any, id: str, dhEncrypted: str, **given: Any) -> Node:  # noqa: A002,N803
        return await self._hand_over(id, dhEncrypted, audience="data_subject")

    async def _employee_key(self, info: Any, id: str, dhEncrypted: str) -> Node:  # noqa: A002,N803  as above
        return await self._hand_over(id, dhEncrypted, audience="employee")

    async def _hand_over(self, given: str, dh_encrypted: str, *, audience: str) -> Node:
        request_id = known_id(given, what="request")
        with self.services.store.read() as rows:
            held = requests.find(rows, request_id)
            token = requests.token_of(rows, request_id, held.context_id)
        told = {
            "requestId": request_id,
            "encryptedCEKContext": token,
            "dhEncrypted": dh_encrypted,
            "audience": audience,
        }
        said = await self.services.ingress.ask("rewrap-for-session", told)
        return {"decryptionContext": asked(said, "decryptionContext")["decryptionContext"]}

    async def _re_sign(self, info: Any, input: Mapping[str, Any], dhEncrypted: str) -> Node:  # noqa: A002,N803
        refused: Counter[str] = Counter()
        for request_id in _some(input["requestIds"], what="request"):
            with self.services.store.read() as rows:
                renewable = requests.renewable(rows, request_id)
            for root, token in renewable:
                told = {"requestId": request_id, "encryptedCEKContext": token, "dhEncrypted": dhEncrypted}
                renewed = await self._renewed("re-sign-context", told, "encryptedCEKContext", refused)
                if renewed is not None:
                    self._keep(request_id, renewed, root=root)
        return _done(refused)

    def _keep(self, request_id: str, token: str, *, root: str) -> None:
        with self.services.store.write() as rows:
            requests.renew_context(
                rows,
                request_id,
                renewed=root,
                context_id=self.services.new_id(),
                token=token,
                at=self.services.clock(),
            )

    async def _re_sign_integrations(self, info: Any, input: Mapping[str, Any], dhEncrypted: str) -> Node:  # noqa: A002,N803
        refused: Counter[str] = Counter()
        for silo_id in _some(input["dataSiloIds"], what="data silo"):
            with self.services.store.read() as rows:
                token = integrations.token_of(rows, silo_id, None)
            told = {"integrationContext": token, "dhEncrypted": dhEncrypted}
            renewed = await self._renewed("re-sign-integration", told, "integrationContext", refused)
            if renewed is not None:
                with self.services.store.write() as rows:
                    now, context_id = self.services.clock(), self.services.new_id()
                    integrations.add_context(rows, silo_id, context_id=context_id, token=renewed, at=now)
        return _done(refused)

    async def _renewed(self, route: str, told: Mapping[str, Any], member: str, refused: Counter[str]) -> str | None:
        """Return what a gateway signed anew, or count why it would not; a caller it does not know ends all."""
        said = await self.services.ingress.ask(route, told)
        if said.is_ok:
            token = asked(said, member)[member]
            if not isinstance(token, str):
                raise UpstreamDown("the gateway's answer holds no token; is this address a gateway?")
            return token
        if said.status in {401, 503} or "dhEncrypted" in str(said.content().get("message")):
            raise SombraRefused(said)
        refused[said.code or f"http_{said.status}"] += 1
        return None


def _some(given: list[str], *, what: str) -> list[str]:
    if len(given) > _MOST_AT_ONCE:
        raise BadRequest(f"more than {_MOST_AT_ONCE} at once; send fewer")
    return [known_id(each, what=what) for each in given]


def _done(refused: Counter[str]) -> Node:
    if not refused:
        return {"done": True}
    causes = ", ".join(f"{count} × {cause}" for cause, count in sorted(refused.items()))
    raise Conflict(f"{refused.total()} contexts could not be signed anew ({causes}); all others were")
