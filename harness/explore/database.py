"""Where failing walks are remembered, so that several runs and machines look at them first."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

_SCHEMES: Final = ("redis://", "rediss://", "unix://")
_PREFIX: Final = b"sombra-rehearsal:"


class BadDatabase(ValueError):
    """A database that cannot be used; the text says why and what to do."""


def database_at(place: str) -> ExampleDatabase:
    """A folder, or a Redis by its URL; raises `BadDatabase`."""
    if place.startswith(_SCHEMES):
        return _redis(place)
    if "://" in place:
        raise BadDatabase(f"{place.partition('://')[0]}:// is no database here; name a folder, or redis://HOST:PORT/0")
    folder = Path(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass  # it can be written; of a name of its own, as others may look here at the same time
    except OSError as error:
        raise BadDatabase(f"{place} cannot be written ({error.strerror}); name another folder") from error
    return DirectoryBasedExampleDatabase(folder)


def _redis(url: str) -> ExampleDatabase:
    try:
        from hypothesis.extra.redis import RedisExampleDatabase  # noqa: PLC0415  an extra of its own
        from redis import Redis  # noqa: PLC0415  as above
        from redis.exceptions import RedisError  # noqa: PLC0415  as above
    except ModuleNotFoundError as error:
        raise BadDatabase(f"a Redis needs {error.name}; install it: pip install 'sombra-rehearsal[redis]'") from error
    try:
        client = Redis.from_url(url)
        client.ping()
    except (RedisError, ValueError) as error:
        raise BadDatabase(
            f"no Redis answers at that address ({type(error).__name__}); start one, or name a folder"
        ) from error
    return RedisExampleDatabase(client, key_prefix=_PREFIX)
