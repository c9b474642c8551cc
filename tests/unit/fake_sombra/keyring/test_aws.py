"""AWS KMS: which calls a key costs, which answers are believed, and the cause of every refusal."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from fake_sombra.errors import (
    KmsAccessDenied,
    KmsCredentials,
    KmsIncorrectKey,
    KmsInternal,
    KmsKeyNotFound,
    KmsRefusal,
    KmsThrottled,
    Refusal,
    Tampered,
    WrongProvider,
)
from fake_sombra.keyring import DataKey, WrapLabel
from fake_sombra.keyring.aws_client import THREADS
from tests.unit.fake_sombra.keyring.kms import ALIAS_ARN, ARN, OTHER_ARN, FakeKms, opened, refusal, run

_HERE = WrapLabel("AWS", ARN)
_THERE = WrapLabel("AWS", OTHER_ARN)
_LOCAL = WrapLabel("local", "0123456789abcdef")


def test_a_new_key_costs_one_generate_random_and_one_encrypt() -> None:
    with opened() as here:
        made = run(here.keyring.generate())

        assert len(made.plaintext) == 32
        assert made.wrapped.label == here.keyring.label == _HERE
        assert here.kms.calls == [
            ("generate_random", {"NumberOfBytes": 32}),
            ("encrypt", {"KeyId": ARN, "Plaintext": made.plaintext}),
        ]


@pytest.mark.parametrize("label", [_HERE, _THERE, _LOCAL, None])
def test_an_unwrap_is_one_decrypt_pinned_to_the_key_whatever_the_label_says(label: WrapLabel | None) -> None:
    with opened() as here:
        made = run(here.keyring.generate())
        here.kms.calls.clear()

        assert run(here.keyring.unwrap(made.wrapped.ciphertext, label=label)) == made.plaintext
        assert here.kms.calls == [("decrypt", {"CiphertextBlob": made.wrapped.ciphertext, "KeyId": ARN})]


def test_unpinned_leaves_the_key_to_the_ciphertext() -> None:
    kms = FakeKms()
    with opened(kms, key_arn=OTHER_ARN) as other, opened(kms, decrypt="unpinned") as here:
        made = run(other.keyring.generate())
        kms.calls.clear()

        assert run(here.keyring.unwrap(made.wrapped.ciphertext, label=_THERE)) == made.plaintext
        assert kms.calls == [("decrypt", {"CiphertextBlob": made.wrapped.ciphertext})]


def test_pinned_refuses_what_another_key_wrapped() -> None:
    kms = FakeKms()
    with opened(kms, key_arn=OTHER_ARN) as other, opened(kms) as here:
        made = run(other.keyring.generate())

        for label in (_THERE, _HERE, None, _LOCAL):
            with pytest.raises(KmsIncorrectKey):
                run(here.keyring.unwrap(made.wrapped.ciphertext, label=label))


def test_an_alias_is_asked_for_and_its_keys_arn_is_accepted_as_the_answer() -> None:
    with opened(key_arn=ALIAS_ARN) as here:
        made = run(here.keyring.generate())

        assert made.wrapped.label == WrapLabel("AWS", ALIAS_ARN)
        assert run(here.keyring.unwrap(made.wrapped.ciphertext, label=made.wrapped.label)) == made.plaintext
        assert here.kms.calls[-1][1]["KeyId"] == ALIAS_ARN


def test_with_a_context_a_new_key_is_one_generate_data_key_bound_to_the_organization() -> None:
    kms = FakeKms()
    context = {"purpose": "cek", "tenant": "acme"}
    with opened(kms, context="context") as here, opened(kms, context="context", organization="other") as other:
        made = run(here.keyring.generate())

        asked = {"KeyId": ARN, "NumberOfBytes": 32, "EncryptionContext": context}
        assert kms.calls == [("generate_data_key", asked)]
        assert run(here.keyring.unwrap(made.wrapped.ciphertext, label=_HERE)) == made.plaintext
        assert kms.calls[-1][1]["EncryptionContext"] == context
        with pytest.raises(Tampered):
            run(other.keyring.unwrap(made.wrapped.ciphertext, label=_HERE))


def test_with_a_context_a_known_key_is_bound_to_the_organization_too() -> None:
    with opened(context="context") as here, opened(here.kms, context="context", organization="other") as other:
        wrapped = run(here.keyring.wrap(b"k" * 32))

        assert wrapped.label == _HERE
        assert here.kms.calls[-1][1]["EncryptionContext"] == {"purpose": "cek", "tenant": "acme"}
        assert run(here.keyring.unwrap(wrapped.ciphertext, label=_HERE)) == b"k" * 32
        with pytest.raises(Tampered):
            run(other.keyring.unwrap(wrapped.ciphertext, label=_HERE))


def test_random_bytes_come_from_the_custom_key_store_when_there_is_one() -> None:
    with opened(custom_key_store_id="cks-1") as here:
        run(here.keyring.generate())

        assert here.kms.calls[0] == ("generate_random", {"NumberOfBytes": 32, "CustomKeyStoreId": "cks-1"})


def test_the_self_test_wraps_and_unwraps_a_canary_of_16_bytes() -> None:
    with opened() as here:
        run(here.keyring.self_test())

        assert here.kms.methods() == ["generate_random", "encrypt", "decrypt"]
        assert here.kms.calls[0][1] == {"NumberOfBytes": 16}
        assert len(here.kms.calls[1][1]["Plaintext"]) == 16


def test_with_a_context_the_self_test_needs_no_right_to_encrypt() -> None:
    with opened(FakeKms(raises={"encrypt": refusal("AccessDeniedException")}), context="context") as here:
        run(here.keyring.self_test())

        assert here.kms.methods() == ["generate_data_key", "decrypt"]


@pytest.mark.parametrize("method", ["encrypt", "decrypt"])
def test_a_self_test_that_cannot_says_why(method: str) -> None:
    with opened(FakeKms(raises={method: refusal("AccessDeniedException")})) as here:
        with pytest.raises(KmsAccessDenied) as refused:
            run(here.keyring.self_test())

        assert refused.value.operation == f"kms:{method.capitalize()}"


def test_a_canary_that_comes_back_changed_fails_the_self_test() -> None:
    with opened(FakeKms(spoils={"decrypt": {"Plaintext": b"x" * 16}})) as here, pytest.raises(KmsInternal):
        run(here.keyring.self_test())


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied", "403"])
def test_a_denied_generate_random_falls_back_to_this_process_with_a_warning(code: str) -> None:
    with opened(FakeKms(raises={"generate_random": refusal(code)})) as here:
        made = run(here.keyring.generate())

        assert made.plaintext == b"p" * 32
        assert run(here.keyring.unwrap(made.wrapped.ciphertext, label=_HERE)) == made.plaintext
        (warning,) = here.warnings
        assert "kms:GenerateRandom" in warning
        assert "own randomness" in warning


def test_with_the_throw_flag_a_denied_generate_random_is_refused() -> None:
    with opened(FakeKms(raises={"generate_random": refusal("AccessDenied")}), throw_permission_errors=True) as here:
        with pytest.raises(KmsAccessDenied) as refused:
            run(here.keyring.generate())

        assert refused.value.operation == "kms:GenerateRandom"
        assert here.warnings == []


def test_only_a_denial_falls_back() -> None:
    for code, kind in (("ThrottlingException", KmsThrottled), ("KMSInternalException", KmsInternal)):
        with opened(FakeKms(raises={"generate_random": refusal(code)})) as here:
            with pytest.raises(kind):
                run(here.keyring.generate())

            assert here.warnings == []
            assert "encrypt" not in here.kms.methods()


def test_a_denied_encrypt_never_falls_back() -> None:
    with opened(FakeKms(raises={"encrypt": refusal("AccessDeniedException")})) as here:
        with pytest.raises(KmsAccessDenied):
            run(here.keyring.generate())

        assert here.warnings == []


@pytest.mark.parametrize(
    ("label", "size", "cause"),
    [
        (_LOCAL, 40, WrongProvider),
        (_LOCAL, 184, WrongProvider),
        (None, 40, WrongProvider),
        (None, 184, Tampered),
        (None, 39, Tampered),
        (_THERE, 184, KmsIncorrectKey),
        (_THERE, 40, KmsIncorrectKey),
        (_HERE, 184, Tampered),
        (_HERE, 40, Tampered),
        (WrapLabel("aws", ARN), 184, WrongProvider),
    ],
)
def test_what_is_no_ciphertext_of_the_kms_is_tried_once_and_named_by_its_label(
    label: WrapLabel | None, size: int, cause: type[Refusal]
) -> None:
    with opened() as here:
        with pytest.raises(cause) as refused:
            run(here.keyring.unwrap(os.urandom(size), label=label))

        assert refused.type is cause
        assert here.kms.methods() == ["decrypt"]


@pytest.mark.parametrize("size", [40, 184])
def test_a_denied_decrypt_stays_denied(size: int) -> None:
    with opened(FakeKms(raises={"decrypt": refusal("AccessDeniedException")})) as here:
        with pytest.raises(KmsAccessDenied) as refused:
            run(here.keyring.unwrap(os.urandom(size), label=_HERE))

        assert refused.value.operation == "kms:Decrypt"


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotFoundException", "DisabledException"])
@pytest.mark.parametrize("label", [_LOCAL, None])
def test_what_another_provider_wrapped_is_named_so_whatever_else_the_kms_minds(
    label: WrapLabel | None, code: str
) -> None:
    """Granting, finding or enabling the key would not open it (protocol.md, order of causes)."""
    with opened(FakeKms(raises={"decrypt": refusal(code)})) as here:
        with pytest.raises(WrongProvider):
            run(here.keyring.unwrap(os.urandom(40), label=label))

        assert here.kms.methods() == ["decrypt"]


@pytest.mark.parametrize("code", ["ThrottlingException", "KMSInternalException", "ExpiredTokenException"])
def test_a_trouble_that_passes_keeps_its_own_cause(code: str) -> None:
    with opened(FakeKms(raises={"decrypt": refusal(code)})) as here:
        with pytest.raises(KmsRefusal) as refused:
            run(here.keyring.unwrap(os.urandom(40), label=_LOCAL))

        assert refused.type in {KmsThrottled, KmsInternal, KmsCredentials}


@pytest.mark.parametrize("error", [refusal("ValidationException"), ParamValidationError(report="too short")])
def test_a_size_that_no_ciphertext_has_is_tampered(error: Exception) -> None:
    with opened(FakeKms(raises={"decrypt": error})) as here, pytest.raises(Tampered):
        run(here.keyring.unwrap(b"", label=_HERE))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"Plaintext": b""},
        {"Plaintext": b"x" * 16},
        {"Plaintext": b"x" * 33},
        {"Plaintext": None},
        {"Plaintext": "x" * 32},
        {"KeyId": OTHER_ARN},
        {"KeyId": None},
        {"KeyId": ""},
    ],
)
def test_an_answer_of_decrypt_that_cannot_be_is_not_believed(spoilt: dict[str, Any]) -> None:
    with opened(FakeKms(spoils={"decrypt": spoilt})) as here:
        made = run(here.keyring.generate())

        with pytest.raises(KmsInternal) as refused:
            run(here.keyring.unwrap(made.wrapped.ciphertext, label=_HERE))

    assert _is_told(refused.value, "kms:Decrypt", spoilt)


@pytest.mark.parametrize(
    ("method", "spoilt"),
    [
        ("generate_random", {"Plaintext": b"x" * 31}),
        ("generate_random", {"Plaintext": None}),
        ("encrypt", {"CiphertextBlob": b""}),
        ("encrypt", {"CiphertextBlob": None}),
        ("encrypt", {"KeyId": OTHER_ARN}),
        ("generate_data_key", {"Plaintext": b"x" * 31}),
        ("generate_data_key", {"CiphertextBlob": b""}),
        ("generate_data_key", {"KeyId": OTHER_ARN}),
    ],
)
def test_an_answer_that_cannot_be_makes_no_key(method: str, spoilt: dict[str, Any]) -> None:
    context = "context" if method == "generate_data_key" else "none"
    with opened(FakeKms(spoils={method: spoilt}), context=context) as here, pytest.raises(KmsInternal) as refused:
        run(here.keyring.generate())

    action = {"generate_random": "GenerateRandom", "encrypt": "Encrypt", "generate_data_key": "GenerateDataKey"}[method]
    assert _is_told(refused.value, f"kms:{action}", spoilt)


def _is_told(refused: KmsInternal, action: str, spoilt: dict[str, Any]) -> bool:
    """Whether the message names the action and the field that cannot be."""
    (name,) = spoilt
    what = "for another key" if name == "KeyId" else f"with a {name} of an impossible size"
    return refused.operation == action and refused.message.startswith(f"{action} was answered {what}")


def test_a_key_of_nowhere_is_not_found() -> None:
    with opened(FakeKms(keys={}, aliases={})) as here, pytest.raises(KmsKeyNotFound):
        run(here.keyring.generate())


def test_calls_run_in_threads_and_do_not_wait_for_one_another() -> None:
    """Eight calls meet at a barrier that opens only when all of them are inside the client."""
    meeting, names = threading.Barrier(8), set()

    class Slow(FakeKms):
        def generate_random(self, **asked: Any) -> dict[str, Any]:
            names.add(threading.current_thread().name)
            meeting.wait(timeout=10)
            return FakeKms.generate_random(self, **asked)

    with opened(Slow()) as here:

        async def eight() -> int:
            return len(await asyncio.gather(*(here.keyring.generate() for _ in range(8))))

        assert run(eight()) == 8
    assert names == {f"kms_{number}" for number in range(8)}


def test_a_keyring_that_is_closed_waits_for_no_call_and_begins_none() -> None:
    """A KMS that keeps silent would hold up the stop; what waits for a thread by then is given up."""
    here, answered, begun = asyncio.new_event_loop(), threading.Event(), threading.Semaphore(0)

    class Silent(FakeKms):
        def generate_random(self, **asked: Any) -> dict[str, Any]:
            begun.release()
            assert answered.wait(timeout=30)
            return FakeKms.generate_random(self, **asked)

    async def closed_in_mid_call() -> list[DataKey | BaseException]:
        calls = [here.create_task(keyring.generate()) for _ in range(THREADS + 1)]
        await here.run_in_executor(None, lambda: [begun.acquire(timeout=30) for _ in range(THREADS)])
        keyring.close()
        answered.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    with opened(Silent()) as made, closing(here):
        keyring = made.keyring
        ends = here.run_until_complete(closed_in_mid_call())

    assert [type(end) for end in ends] == [DataKey] * THREADS + [asyncio.CancelledError]


def test_a_closed_keyring_leaves_a_client_that_it_was_given_open_and_closes_twice() -> None:
    with opened() as here:
        run(here.keyring.generate())
        here.keyring.close()

        assert not here.kms.is_closed
        with pytest.raises(RuntimeError):
            run(here.keyring.generate())
