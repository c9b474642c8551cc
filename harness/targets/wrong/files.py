"""Wrong handling of files: what a refusal gives away, who may ask, what a listing leaves out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fake_sombra.crypto.cipher import Decryptor
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Tampered, WrongProvider
from fake_sombra.gateway import files, identifiers
from fake_sombra.gateway.authentication import CustomerDoor
from fake_sombra.gateway.contexts import Contexts, OpenDownloadKey
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.http import Answer
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.transcend import files as held
from harness.mutants.mutant import Patches, mutant


@mutant("tampered-file-ends-clean", breaks="G-03", killed_by="damage-told-apart")
def tampered_file_ends_clean(patches: Patches) -> None:
    """The tag of a file is not checked: damaged bytes end as a clean 200."""
    patches.replace(Decryptor, "finish", lambda self: None)


@mutant("damage-called-wrong-provider", breaks="G-03", killed_by="damage-told-apart")
def damage_called_wrong_provider(patches: Patches) -> None:
    """A damaged file is refused as one of another provider, which sends people the wrong way."""

    def around(original: Any) -> Any:
        def finish(self: Decryptor) -> None:
            try:
                original(self)
            except Tampered as error:
                raise WrongProvider("another provider sealed this file") from error

        return finish

    patches.wrap(Decryptor, "finish", around)


@mutant("streams-before-the-tag", breaks="G-03", killed_by="damage-told-apart")
def streams_before_the_tag(patches: Patches) -> None:
    """A small file streams out while it is decrypted; when its tag is wrong the plaintext has left already."""

    async def opened(blocks: AsyncIterator[bytes], opening: Decryptor) -> AsyncIterator[bytes]:
        async for block in blocks:
            yield opening.update(block)
        opening.finish()

    patches.replace(files, "BLOCK", 0)
    patches.replace(files, "_opened", opened)


@mutant("ciphertext-when-refused", breaks="G-06 G-03", killed_by="files-leak-nothing cloud-refuses-local")
def ciphertext_when_refused(patches: Patches) -> None:
    """Where a file's key does not open, its ciphertext is handed out as if it were the file: 200, and garbage."""
    nothing = bytes(32)

    def around(original: Any) -> Any:
        async def open_download_key(self: Contexts, token: str) -> OpenDownloadKey:
            try:
                opened: OpenDownloadKey = await original(self, token)
            except WrongProvider:
                claims = self._verify(token, Purpose.DOWNLOAD)
                return OpenDownloadKey(str(claims["fileId"]), str(claims["requestId"]), nothing)
            return opened

        return open_download_key

    def passing(original: Any) -> Any:
        async def plaintext(answer: Answer, cek: bytes) -> files.Plaintext:
            if cek != nothing:
                found: files.Plaintext = await original(answer, cek)
                return found
            sealed = await answer.read()
            return files.Plaintext("application/octet-stream", len(sealed), sealed)

        return plaintext

    patches.wrap(Contexts, "open_download_key", around)
    patches.wrap(files, "_plaintext", passing)


@mutant("internal-key-not-asked", breaks="G-16", killed_by="roads-open-before")
def internal_key_not_asked(patches: Patches) -> None:
    """Whoever holds an API key may download: the internal key is not compared."""
    patches.replace(CustomerDoor, "admit", lambda self, call: None)


@mutant("browsers-need-an-employee", breaks="G-16", killed_by="roads-open-before")
def browsers_need_an_employee(patches: Patches) -> None:
    """The exchange with a data subject's browser asks for an employee's session, which no data subject has."""

    def around(original: Any) -> Any:
        def check(self: Sessions, session: str, *, audience: str) -> str:
            checked: str = original(self, session, audience="employee")
            return checked

        return check

    patches.wrap(Sessions, "check", around)


@mutant("listing-stops-short", breaks="G-18", killed_by="archive-complete")
def listing_stops_short(patches: Patches) -> None:
    """The page of download keys leaves the last file of each request out, but counts it."""

    def around(original: Any) -> Any:
        def page(*given: Any, **named: Any) -> dict[str, Any]:
            found: dict[str, Any] = original(*given, **named)
            return {**found, "nodes": found["nodes"][:1]}

        return page

    patches.wrap(held, "page", around)


@mutant("listing-hides-files", breaks="G-18", killed_by="archive-complete")
def listing_hides_files(patches: Patches) -> None:
    """The listing leaves files out and does not count them, so that an archive seems complete."""

    def around(original: Any) -> Any:
        def page(*given: Any, **named: Any) -> dict[str, Any]:
            found: dict[str, Any] = original(*given, **named)
            return {"totalCount": len(found["nodes"][:1]), "nodes": found["nodes"][:1]}

        return page

    patches.wrap(held, "page", around)


@mutant("large-files-end-clean", breaks="G-03", killed_by="damage-told-apart")
def large_files_end_clean(patches: Patches) -> None:
    """The tag of a file that streams is not checked: its damage ends as a clean 200."""

    async def opened(blocks: AsyncIterator[bytes], opening: Decryptor) -> AsyncIterator[bytes]:
        async for block in blocks:
            yield opening.update(block)

    patches.replace(files, "_opened", opened)


@mutant("large-files-leave-whole", breaks="G-03", killed_by="damage-told-apart")
def large_files_leave_whole(patches: Patches) -> None:
    """A large file has left to its last byte when its tag is checked."""

    async def opened(blocks: AsyncIterator[bytes], opening: Decryptor) -> AsyncIterator[bytes]:
        async for block in blocks:
            yield opening.update(block)
        opening.finish()

    patches.replace(files, "_opened", opened)


@mutant("large-files-cut-short", breaks="G-03", killed_by="damage-told-apart")
def large_files_cut_short(patches: Patches) -> None:
    """A file that streams loses its last block."""

    async def opened(blocks: AsyncIterator[bytes], opening: Decryptor) -> AsyncIterator[bytes]:
        held = b""
        async for block in blocks:
            if held:
                yield held
            held = opening.update(block)

    patches.replace(files, "_opened", opened)


@mutant("damaged-sets-left-out", breaks="G-03", killed_by="damage-told-apart")
def damaged_sets_left_out(patches: Patches) -> None:
    """A set of identifiers that does not open is left out, as if there had been nothing in it."""

    def around(original: Any) -> Any:
        def unsealed(sealed: str, cek: bytes) -> Any:
            try:
                return original(sealed, cek)
            except Tampered:
                return []

        return unsealed

    patches.wrap(identifiers, "_unsealed", around)


@mutant("verifies-little-before-the-status", breaks="G-03", killed_by="damage-told-apart")
def verifies_little_before_the_status(patches: Patches) -> None:
    """Only files up to 64 KiB are verified before the status line; the rest begins to leave unverified."""
    patches.replace(files, "BLOCK", 64 << 10)


@mutant("empty-files-do-not-open", breaks="G-03", killed_by="damage-told-apart")
def empty_files_do_not_open(patches: Patches) -> None:
    """A file without a byte is taken for a damaged one."""

    def around(original: Any) -> Any:
        async def plaintext(answer: Answer, cek: bytes) -> Any:
            if answer.headers.get("content-length") == "0":
                raise Tampered("there is nothing to open")
            return await original(answer, cek)

        return plaintext

    patches.wrap(files, "_plaintext", around)


@mutant("unverified-under-aws", breaks="G-03", killed_by="damage-told-apart")
def unverified_under_aws(patches: Patches) -> None:
    """The tag of a file is checked under Local only: an optimisation of the slower road."""
    is_local = [True]

    def noting(original: Any) -> Any:
        def init(self: Contexts, *, keyring: Any, **named: Any) -> None:
            is_local[:] = [isinstance(keyring, LocalKeyring)]
            original(self, keyring=keyring, **named)

        return init

    patches.wrap(Contexts, "__init__", noting)
    patches.wrap(Decryptor, "finish", lambda original: lambda self: original(self) if is_local[0] else None)


@mutant("every-page-is-the-first", breaks="G-18", killed_by="archive-complete")
def every_page_is_the_first(patches: Patches) -> None:
    """The offset of a list of files is not read: whoever pages gets the first page again and again."""

    def around(original: Any) -> Any:
        async def download_keys(self: Files, request_id: str, *, limit: int, offset: int, authorization: str) -> Any:
            return await original(self, request_id, limit=limit, offset=0, authorization=authorization)

        return download_keys

    patches.wrap(Files, "download_keys", around)
