"""The table from AWS's error codes and boto3's exceptions to the causes that a report shows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from fake_sombra import errors
from fake_sombra.keyring.aws_causes import CALL_ERRORS, code_of, refusal_for
from tests.unit.fake_sombra.keyring.kms import refusal

_CODES = {
    "AccessDeniedException": "kms_access_denied",
    "AccessDenied": "kms_access_denied",
    "403": "kms_access_denied",
    "DisabledException": "kms_key_disabled",
    "NotFoundException": "kms_key_not_found",
    "InvalidArnException": "kms_key_not_found",
    "InvalidKeyUsageException": "kms_invalid_key_usage",
    "IncorrectKeyException": "kms_incorrect_key",
    "ThrottlingException": "kms_throttled",
    "LimitExceededException": "kms_throttled",
    "KMSInvalidStateException": "kms_internal",
    "KMSInternalException": "kms_internal",
    "KeyUnavailableException": "kms_internal",
    "DependencyTimeoutException": "kms_internal",
    "500": "kms_internal",
    "": "kms_internal",
    "SomethingNew": "kms_internal",
    "ExpiredToken": "kms_credentials",
    "ExpiredTokenException": "kms_credentials",
    "UnrecognizedClientException": "kms_credentials",
    "InvalidSignatureException": "kms_credentials",
    "SignatureDoesNotMatch": "kms_credentials",
    "InvalidClientTokenId": "kms_credentials",
    "MissingAuthenticationTokenException": "kms_credentials",
}
_URL = "http://127.0.0.1:9"
_EXCEPTIONS = [
    (aws.NoCredentialsError(), "kms_credentials"),
    (aws.PartialCredentialsError(provider="env", cred_var="x"), "kms_credentials"),
    (aws.CredentialRetrievalError(provider="role", error_msg="x"), "kms_credentials"),
    (aws.ProfileNotFound(profile="x"), "kms_credentials"),
    (aws.EndpointConnectionError(endpoint_url=_URL), "kms_unreachable"),
    (aws.ConnectTimeoutError(endpoint_url=_URL), "kms_unreachable"),
    (aws.ReadTimeoutError(endpoint_url=_URL), "kms_unreachable"),
    (aws.ConnectionClosedError(endpoint_url=_URL), "kms_unreachable"),
    (aws.SSLError(endpoint_url=_URL, error=OSError("x")), "kms_unreachable"),
    (aws.ProxyConnectionError(proxy_url=_URL), "kms_unreachable"),
    (aws.HTTPClientError(error="x"), "kms_unreachable"),
    (ValueError("Invalid endpoint: x"), "kms_unreachable"),
    (aws.InvalidRegionError(region_name="x"), "kms_key_not_found"),
    (ResponseParserError("planted"), "kms_internal"),
    (aws.ParamValidationError(report="planted"), "kms_internal"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "planted"), "kms_internal"),
]


@pytest.mark.parametrize("code", _CODES)
@pytest.mark.parametrize("action", ["kms:Encrypt", "kms:Decrypt", "kms:GenerateRandom"])
def test_an_error_code_has_one_cause_and_names_its_action(code: str, action: str) -> None:
    found = refusal_for(refusal(code), action=action)

    assert (found.code, found.operation) == (_CODES[code], action)
    assert found.message.startswith(f"{action} was refused with {code or 'no error code'}; ")


@pytest.mark.parametrize(("error", "cause"), _EXCEPTIONS, ids=lambda each: type(each).__name__)
def test_a_call_without_an_answer_has_a_cause_too(error: Exception, cause: str) -> None:
    assert isinstance(error, CALL_ERRORS)

    found = refusal_for(error, action="kms:Encrypt")

    assert found.code == cause
    assert "kms:Encrypt" in found.message
    assert "planted" not in found.message
    assert code_of(error) == ""


def test_half_a_pair_of_credentials_is_told_with_what_is_missing() -> None:
    error = aws.PartialCredentialsError(provider="environment", cred_var="AWS_SECRET_ACCESS_KEY")

    assert "AWS_SECRET_ACCESS_KEY is missing" in refusal_for(error, action="kms:Encrypt").message


@pytest.mark.parametrize("answer", [{}, {"Error": {}}, {"Error": {"Code": "DisabledException"}}])
def test_an_error_that_lacks_its_parts_is_still_an_error(answer: Any) -> None:
    found = refusal_for(aws.ClientError(answer, "Decrypt"), action="kms:Decrypt")

    assert found.code == ("kms_key_disabled" if answer.get("Error") else "kms_internal")


@pytest.mark.parametrize("code", ["DisabledException", "KMSInvalidStateException"])
@pytest.mark.parametrize("text", ["x is pending deletion.", "x is pending deletion (or pending replica deletion)."])
def test_pending_deletion_is_told_by_text_because_aws_tells_it_by_nothing_else(code: str, text: str) -> None:
    assert refusal_for(refusal(code, message=text), action="kms:Decrypt").code == "kms_key_pending_deletion"


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotFoundException", "ThrottlingException"])
def test_text_decides_nothing_under_other_codes(code: str) -> None:
    found = refusal_for(refusal(code, message="the key is pending deletion"), action="kms:Decrypt")

    assert found.code == _CODES[code]


def test_a_pending_import_is_not_a_pending_deletion() -> None:
    found = refusal_for(refusal("KMSInvalidStateException", message="x is pending import."), action="kms:Encrypt")

    assert found.code == "kms_internal"


def test_throttling_and_silence_are_worth_another_try_and_nothing_else_is() -> None:
    retried = {code for code in _CODES if refusal_for(refusal(code), action="kms:Decrypt").status == 503}

    assert retried == {"ThrottlingException", "LimitExceededException"}
    assert errors.KmsUnreachable.status == 503


def test_the_text_of_an_answer_is_never_repeated() -> None:
    found = refusal_for(refusal("AccessDeniedException", message="User: planted"), action="kms:Decrypt")

    assert "planted" not in found.message
    assert "grant" in found.message
