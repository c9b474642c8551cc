"""A data subject's download in each phase: session, key exchange, ciphertext; and contexts signed anew."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harness.target import Call, Reply
from tests.conformance.wire.client import CommandFailed
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.expectations import RUNS
from tests.conformance.wire.scene import CONTENT, Era, Phase, Scene

_DATA_SUBJECT = """mutation DownloadKey($id: ID!, $dh: String!) {
  dataSubjectDownloadCEK(id: $id, dhEncrypted: $dh) { decryptionContext { wrappedKey authTag iv } } }"""
_EMPLOYEE = """mutation DownloadKey($id: ID!, $dh: String!) {
  employeeDownloadCEK(id: $id, dhEncrypted: $dh) { decryptionContext { wrappedKey authTag iv } } }"""
_RE_SIGN = """mutation ReSign($ids: [ID!]!, $dh: String!) {
  employeeReSignEncryptedCEKContexts(input: {requestIds: $ids}, dhEncrypted: $dh) { done } }"""


@dataclass
class Browser:
    """One page: its key pair, and what it has agreed on with the gateway."""

    scene: Scene

    def __post_init__(self) -> None:
        query = "query Key { organization { sombra { publicKeyECDH } } }"
        text = self.scene.client().graphql(query)["organization"]["sombra"]["publicKeyECDH"]
        peer = serialization.load_der_public_key(b64decode(text))
        assert isinstance(peer, ec.EllipticCurvePublicKey)
        self._own = ec.generate_private_key(ec.SECP384R1())
        self._secret = self._own.exchange(ec.ECDH(), peer)

    def _key(self, purpose: bytes) -> AESGCM:
        return AESGCM(HKDF(hashes.SHA384(), 32, salt=None, info=purpose).derive(self._secret))

    def session(self, audience: str, subject: str) -> str:
        """Log in, and return `dhEncrypted`."""
        body = json.dumps({"audience": audience, "subject": subject}).encode()
        headers = {"authorization": f"Bearer {self.scene.secrets.api_key}"}
        reply = self.scene.world.exchange([Call("POST", "transcend", "/fake/v1/login", headers, body)])[0]
        iv, own = os.urandom(12), self._own.public_key()
        der = own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        sealed = iv + self._key(b"dh-encrypted").encrypt(iv, str(reply.json["session"]).encode(), None)
        return f"{b64encode(der).decode()}.{b64encode(sealed).decode()}"

    def unwrap(self, context: dict[str, str]) -> bytes:
        """The request's key."""
        parts = {name: b64decode(value) for name, value in context.items()}
        return self._key(b"rewrap-for-session").decrypt(parts["iv"], parts["wrappedKey"] + parts["authTag"], None)


def _get(scene: Scene, path: str, *, method: str = "GET", **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return scene.world.exchange([Call(method, "transcend", path, sent)])[0]


def _files(scene: Scene, request_id: str) -> list[dict[str, Any]]:
    query = """query Files($id: ID!) { requestFiles(filterBy: {requestId: $id}) {
      nodes { id size downloadUrl iv authTag mimetype } } }"""
    return list(scene.client().graphql(query, {"id": request_id})["requestFiles"]["nodes"])


def _download(scene: Scene, era: Era) -> list[str]:
    """Digests of what a data subject's browser sees."""
    browser, request_id = Browser(scene), scene.ids[era]["downloadable"]
    session = browser.session("data_subject", f"{era}-downloadable")
    # A browser has no API key: its session speaks for it.
    answer = scene.client(api_key="").graphql(_DATA_SUBJECT, {"id": request_id, "dh": session})
    cek = browser.unwrap(answer["dataSubjectDownloadCEK"]["decryptionContext"])
    seen = []
    for file in _files(scene, request_id):
        reply = _get(scene, f"/fake/v1/encrypted/{file['id']}", origin="https://privacy.example.com")
        assert reply.status == 200
        assert int(reply.headers["content-length"]) == len(reply.body) == int(file["size"])
        assert reply.headers["access-control-allow-origin"] == "*"
        assert not {"content-encoding", "transfer-encoding"} & set(reply.headers)
        plain = AESGCM(cek).decrypt(b64decode(file["iv"]), reply.body + b64decode(file["authTag"]), None)
        seen.append(hashlib.sha256(plain).hexdigest())
    return seen


@pytest.mark.parametrize(("phase", "era"), [("before", "old"), ("after", "new"), ("rolled back", "old")])
def test_a_data_subject_opens_what_is_the_gateways_own(fork: Entered, phase: Phase, era: Era) -> None:
    scene = fork(phase)
    scene.enter(phase)

    assert _download(scene, era) == [hashlib.sha256(CONTENT).hexdigest()] * 2


@pytest.mark.parametrize(("phase", "era"), [("after", "old"), ("rolled back", "new")])
def test_a_data_subject_is_refused_what_the_other_provider_wrapped_and_told_why(
    fork: Entered, phase: Phase, era: Era
) -> None:
    scene = fork(phase)
    scene.enter(phase)

    with pytest.raises(CommandFailed) as refused:
        _download(scene, era)

    assert "wrong_provider" in str(refused.value)
    assert 'wrappedKey": "' not in str(refused.value)


def test_an_employee_opens_the_same_files(fork: Entered) -> None:
    scene = fork("before")
    client, browser = scene.enter("before"), Browser(scene)
    request_id = scene.ids["old"]["completed"]

    answer = client.graphql(_EMPLOYEE, {"id": request_id, "dh": browser.session("employee", "eve")})

    assert len(browser.unwrap(answer["employeeDownloadCEK"]["decryptionContext"])) == 32
    with pytest.raises(CommandFailed, match="API key is invalid"):
        scene.client(api_key="").graphql(_EMPLOYEE, {"id": request_id, "dh": browser.session("employee", "eve")})


def test_another_data_subject_gets_nothing(fork: Entered) -> None:
    scene = fork("before")
    client, browser = scene.enter("before"), Browser(scene)

    with pytest.raises(CommandFailed, match="another data subject"):
        client.graphql(
            _DATA_SUBJECT, {"id": scene.ids["old"]["downloadable"], "dh": browser.session("data_subject", "mallory")}
        )


def test_a_page_of_another_origin_may_ask_for_a_ciphertext_and_read_why_there_is_none(fork: Entered) -> None:
    scene = fork("before")
    (file, *_) = _files(scene, scene.ids["old"]["downloadable"])
    path = f"/fake/v1/encrypted/{file['id']}"

    asked = _get(scene, path, method="OPTIONS", origin="https://x.example", access_control_request_headers="range")
    missing = _get(scene, "/fake/v1/encrypted/none", origin="https://x.example")

    assert asked.status == 204
    assert asked.headers["access-control-allow-headers"] == "*"
    assert (missing.status, missing.cause) == (404, "not_found")
    assert missing.headers["access-control-allow-origin"] == "*"


def test_contexts_signed_anew_outlive_the_key_that_is_dropped_and_a_return_to_it(fork: Entered) -> None:
    """Rotation under Local (G-25): signed anew while both keys are loaded, readable under either alone."""
    scene = fork("before")
    scene.start(scene.environ("local", "new", "old"))
    browser, ids = Browser(scene), list(scene.ids["old"].values())

    answer = scene.client().graphql(_RE_SIGN, {"ids": ids, "dh": browser.session("employee", "eve")})
    assert answer == {"employeeReSignEncryptedCEKContexts": {"done": True}}
    worked = {}
    for names in (("new",), ("old",), ("new", "old")):
        scene.start(scene.environ("local", *names))
        client = scene.client()
        worked[names] = [RUNS[name](client, scene, "old").worked for name in ("download-files", "export")]

    assert worked == {names: [4, len(ids)] for names in (("new",), ("old",), ("new", "old"))}


def test_without_signing_anew_a_dropped_key_takes_all_with_it(fork: Entered) -> None:
    scene = fork("before")
    scene.start(scene.environ("local", "new"))

    assert RUNS["download-files"](scene.client(), scene, "old").worked == 0
    assert RUNS["export"](scene.client(), scene, "old").worked == 0


def test_signing_anew_cannot_bridge_the_cutover_and_says_how_many_it_could_not(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")
    browser = Browser(scene)
    ids = [scene.ids["old"]["completed"], scene.ids["new"]["completed"]]

    with pytest.raises(CommandFailed, match=r"1 contexts could not be signed anew \(1 × wrong_provider\)"):
        client.graphql(_RE_SIGN, {"ids": ids, "dh": browser.session("employee", "eve")})

    # What could be signed anew was; the old work is as readable after a rollback as it was before.
    scene.start(scene.environ("local", "new", "old"))
    assert RUNS["download-files"](scene.client(), scene, "old").worked == 4


def test_expired_contexts_are_found_by_a_filter_once_they_were_tried(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")
    for era in ("old", "new"):
        path = f"/fake/v1/requests/{scene.ids[era]['completed']}/open"
        headers = {"authorization": f"Bearer {scene.secrets.api_key}"}
        scene.world.exchange([Call("POST", "transcend", path, headers, b"{}")])

    expired = [node["id"] for page in client.requests({"isContextExpired": True}) for node in page]

    assert expired == [scene.ids["old"]["completed"]]
