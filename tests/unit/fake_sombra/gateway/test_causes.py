"""In which order a gateway refuses: outer signature, inner signature, mismatch, unwrap; and with which status."""

from __future__ import annotations

import pytest

from tests.unit.fake_sombra.gateway.kms import OneKey, aws
from tests.unit.fake_sombra.gateway.world import World, environ, in_loop, world


async def _seeded(here: World) -> tuple[str, str, str]:
    """Return a request with a file, its nonce and its download key; prove that all is well first."""
    request_id = await here.submit()
    await here.attach(request_id, b"content")
    assert (await here.download(request_id)).body == b"content"
    return request_id, await here.nonce(request_id), await here.download_key(request_id)


async def _prove(here: World, nonce: str) -> str:
    seen = await here.call("POST", "/v1/data-silo", {"profiles": []}, headers={"x-transcend-nonce": nonce})
    return "ok" if seen.status == 200 else seen.code


@in_loop
async def test_after_a_cutover_everything_of_local_is_the_wrong_provider_and_after_a_rollback_all_is_back() -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        request_id, nonce, key = await _seeded(here)

        await here.restart(aws("new", "old"))
        before = list(here.cloud.writes)
        file = await here.call("GET", f"/v1/files?downloadKey={key}")
        identifiers = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id})
        opened = await here.ask(
            "open-context", {"requestId": request_id, "encryptedCEKContext": here.context(request_id)}
        )

        assert [seen.status for seen in (file, identifiers, opened)] == [500, 500, 500]
        assert {seen.code for seen in (file, identifiers, opened)} == {"wrong_provider"}
        assert await _prove(here, nonce) == "wrong_provider"
        assert here.cloud.writes == before
        assert "content" not in str(file.body)

        await here.restart(environ("new", "old"))
        assert (await here.download(request_id)).body == b"content"
        assert await _prove(here, nonce) == "ok"


@in_loop
async def test_what_aws_wrapped_is_the_wrong_provider_under_local() -> None:
    async with world(aws("new", "old"), kms=OneKey()) as here:
        request_id, nonce, _ = await _seeded(here)

        await here.restart(environ("new", "old"))

        assert (await here.download(request_id)).code == "wrong_provider"
        assert await _prove(here, nonce) == "wrong_provider"


@in_loop
async def test_a_dropped_signing_key_is_named_before_the_wrap() -> None:
    async with world(environ("old")) as here:
        _, nonce, key = await _seeded(here)

        await here.restart(environ("new"))

        assert await _prove(here, nonce) == "signature_invalid"
        assert (await here.call("GET", f"/v1/files?downloadKey={key}")).code == "signature_invalid"


@in_loop
async def test_a_context_of_a_dropped_key_inside_a_fresh_nonce_is_still_a_bad_signature() -> None:
    async with world(environ("old")) as here:
        request_id, _, _ = await _seeded(here)

        await here.restart(environ("new"))
        seen = await here.download(request_id)

        assert (seen.status, seen.code) == (400, "signature_invalid")
        assert "where" not in seen.json["error"]


@in_loop
async def test_a_fifth_key_set_is_forgotten_not_unknown() -> None:
    async with world(environ("old")) as here:
        _, nonce, _ = await _seeded(here)

        await here.restart(environ("n1", "n2", "n3", "old"))
        assert await _prove(here, nonce) == "ok"
        await here.restart(environ("n1", "n2", "n3", "n4", "old"))
        assert await _prove(here, nonce) == "forgotten_key"


@in_loop
async def test_a_download_key_expires_and_names_its_check() -> None:
    async with world() as here:
        _, _, key = await _seeded(here)

        here.now[0] += 3601
        seen = await here.call("GET", f"/v1/files?downloadKey={key}")

        assert (seen.status, seen.code) == (400, "token_expired")
        assert seen.json["error"]["where"] == "fileMetadata#verify"
        assert b"fileMetadata#verify" in seen.json["message"].encode()


@in_loop
async def test_a_damaged_download_key_names_its_check() -> None:
    async with world() as here:
        _, _, key = await _seeded(here)
        head, body, mac = key.split(".")

        for damaged in (f"{head}.{body}.{mac[:-4]}AAAA", f"{head}.{body}", "", "x" * 70_000):
            seen = await here.call("GET", f"/v1/files?downloadKey={damaged}")
            assert seen.status == 400, damaged[:80]


@in_loop
async def test_a_context_of_another_request_is_a_mismatch_before_any_unwrap() -> None:
    kms = OneKey()
    async with world(aws("new"), kms=kms) as here:
        one, other = await here.submit(), await here.submit()
        calls = list(kms.calls)

        seen = await here.ask("open-context", {"requestId": one, "encryptedCEKContext": here.context(other)})

        assert (seen.status, seen.code) == (400, "context_mismatch")
        assert kms.calls == calls


@in_loop
async def test_tokens_of_one_kind_never_pass_for_another() -> None:
    async with world() as here:
        request_id, nonce, key = await _seeded(here)
        context = here.context(request_id)

        assert await _prove(here, key) == "signature_invalid"
        assert await _prove(here, context) == "signature_invalid"
        assert (await here.call("GET", f"/v1/files?downloadKey={nonce}")).code == "signature_invalid"
        opened = await here.ask("open-context", {"requestId": request_id, "encryptedCEKContext": nonce})
        assert opened.code == "signature_invalid"


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        ("AccessDeniedException", "kms_access_denied", 500),
        ("DisabledException", "kms_key_disabled", 500),
        ("ThrottlingException", "kms_throttled", 503),
        ("unreachable", "kms_unreachable", 503),
    ],
)
@in_loop
async def test_a_kms_that_refuses_is_the_answer_and_one_log_line(error: str, code: str, status: int) -> None:
    kms = OneKey()
    async with world(aws("new"), kms=kms) as here:
        request_id, nonce, _ = await _seeded(here)

        kms.refuses["Decrypt"] = error
        seen = await here.download(request_id)

        assert (seen.status, seen.code) == (status, code)
        (line,) = here.log.of("call_refused")
        assert (line["level"], line["code"], line["route"]) == ("error", code, "GET /v1/files")
        assert await _prove(here, nonce) == code


@in_loop
async def test_the_4xx_variant_moves_unwrap_causes_but_not_the_503s() -> None:
    kms = OneKey()
    async with world(aws("new", FAKE_SOMBRA_UNWRAP_STATUS="4xx"), kms=kms) as here:
        request_id, _, _ = await _seeded(here)

        kms.refuses["Decrypt"] = "AccessDeniedException"
        denied = await here.download(request_id)
        kms.refuses["Decrypt"] = "unreachable"
        silent = await here.download(request_id)

        assert (denied.status, denied.code) == (400, "kms_access_denied")
        assert (silent.status, silent.code) == (503, "kms_unreachable")


@in_loop
async def test_a_failed_wrap_creates_nothing() -> None:
    kms = OneKey(refuses={"Encrypt": "AccessDeniedException"})
    async with world(aws("new"), kms=kms) as here:
        body = {"type": "ACCESS", "subject": {"coreIdentifier": "a"}, "subjectType": "customer"}
        seen = await here.call("POST", "/v1/data-subject-request", body)

        assert (seen.status, seen.code) == (500, "kms_access_denied")
        assert here.cloud.requests == {}
        assert here.cloud.writes == []


@in_loop
async def test_a_restart_under_the_new_provider_adds_identifiers_and_a_rollback_finds_the_old_ones() -> None:
    """G-08, G-23: the newest set that this boot can open is the answer; no set is ever taken away."""
    async with world(environ("old"), kms=OneKey()) as here:
        request_id = await here.submit(subject={"coreIdentifier": "local-era"})
        ask = {"requestId": request_id}

        await here.restart(aws("new", "old"))
        assert (await here.call("POST", "/v1/request-identifiers", ask)).code == "wrong_provider"
        await here.submit(requestId=request_id, subject={"coreIdentifier": "cloud-era"})
        under_aws = await here.call("POST", "/v1/request-identifiers", ask)
        await here.restart(environ("new", "old"))
        rolled_back = await here.call("POST", "/v1/request-identifiers", ask)

        assert [each["value"] for each in under_aws.json["identifiers"]] == ["cloud-era"]
        assert [each["value"] for each in rolled_back.json["identifiers"]] == ["local-era"]


@in_loop
async def test_enriching_refuses_before_it_writes() -> None:
    async with world() as here:
        request_id = await here.submit()
        headers = {"x-transcend-nonce": await here.nonce(request_id)}
        body = {"enrichedIdentifiers": {"phone": [{"value": "+1"}]}}
        before = len(here.cloud.sets[request_id])

        here.cloud.is_paused = True
        paused = await here.call("POST", "/v1/enrich-identifiers", body, headers=headers)

        assert (paused.status, paused.code) == (409, "conflict")
        assert len(here.cloud.sets[request_id]) == before
