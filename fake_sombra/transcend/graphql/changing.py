"""The mutations that need no gateway: Transcend's cloud changes what is its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sombra.errors import BadRequest, Conflict
from fake_sombra.transcend import integrations, organization, requests
from fake_sombra.transcend.graphql import views
from fake_sombra.transcend.graphql.organization_fields import OrganizationFields
from fake_sombra.transcend.graphql.services import Resolver, Services, known_id
from fake_sombra.transcend.graphql.views import Node
from fake_sombra.transcend.statuses import CLOSED

_LONGEST_DELAY_DAYS: Final = 365
_AMENDABLE: Final = ("isSilent", "isTest", "details", "locale")


@dataclass(frozen=True, slots=True)
class Changing:
    """Resolvers over the store."""

    services: Services

    def resolvers(self) -> dict[str, Resolver]:
        """Return them by the name of their field."""
        return {
            "approveRequest": self._approve,
            "cancelRequest": self._cancel,
            "updateRequest": self._update,
            "notifyAdditionalTime": self._grant_time,
            "updateOrganizationInfo": self._pause_all,
            "updateDataSilos": self._update_data_silos,
            "sombraSingleTenantConfigSync": self._sync,
        }

    def _approve(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  the argument's public name
        return self._step("approve", input["requestId"])

    def _cancel(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        """Cancel whatever it is told to, finished requests included: the trap of D-09 (fidelity.md#cancel-any)."""
        return self._step("cancel_any", input["requestId"])

    def _step(self, name: str, given: str) -> Node:
        request_id, now = known_id(given, what="request"), self.services.clock()
        with self.services.store.write() as rows:
            requests.step(rows, request_id, name)
            requests.touch(rows, request_id, at=now)
            return {"request": views.request(requests.find(rows, request_id), now=now)}

    def _update(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        request_id, now = known_id(input["id"], what="request"), self.services.clock()
        changed = {name: input[name] for name in _AMENDABLE if input.get(name) is not None}
        with self.services.store.write() as rows:
            return {"request": views.request(requests.amend(rows, request_id, changed, at=now), now=now)}

    def _grant_time(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        request_id, days = known_id(input["requestId"], what="request"), input["additionalTime"]
        if not 0 < days <= _LONGEST_DELAY_DAYS:
            raise BadRequest(f"'additionalTime' is not a number of days from 1 to {_LONGEST_DELAY_DAYS}")
        with self.services.store.write() as rows:
            held = requests.find(rows, request_id)
            if held.status in CLOSED:
                raise Conflict(f"a request in {held.status} is closed and needs no more time")
            granted = int(held.row.details.get("additionalDays") or 0) + days
            requests.amend(rows, request_id, {"additionalDays": granted}, at=self.services.clock())
        return {"clientMutationId": None}

    def _pause_all(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        if input.get("isPaused") is not None:
            with self.services.store.write() as rows:
                organization.pause(rows, is_paused=input["isPaused"])
        return {"organization": OrganizationFields(self.services).organization(info)}

    def _update_data_silos(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        with self.services.store.write() as rows:
            for each in input["dataSilos"]:
                silo_id = known_id(each["id"], what="data silo")
                integrations.find(rows, silo_id)
                if each.get("title"):
                    integrations.put(rows, silo_id, title=each["title"], at=self.services.clock())
                if each.get("isPausedForDsrs") is not None:
                    integrations.pause(rows, silo_id, is_paused=each["isPausedForDsrs"])
            return {"dataSilos": [views.data_silo(integrations.find(rows, each["id"])) for each in input["dataSilos"]]}

    def _sync(self, info: Any, input: Mapping[str, Any]) -> Node:  # noqa: A002  as above
        sync = organization.Sync(
            instance=input.get("id"),
            uri=input["uri"],
            config_jwt=input["configJwt"],
            kms_provider=input.get("kmsProvider") or "",
            key_sets=input.get("keySets") or [],
        )
        with self.services.store.write() as rows:
            organization.add_sync(rows, sync, at=self.services.clock())
        return {"done": True, "keysMetadata": {"keySets": organization.numbered(sync.key_sets)}}
