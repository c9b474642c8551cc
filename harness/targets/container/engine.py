"""Which container engine and which images a rehearsal uses, and what to do where one is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from docker.client import DockerClient
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException

from harness.target import TargetFailed

IMAGE_VARIABLE: Final = "SOMBRA_REHEARSAL_IMAGE"
LOCALSTACK_IMAGE_VARIABLE: Final = "SOMBRA_REHEARSAL_LOCALSTACK_IMAGE"
_LOCALSTACK_VERSION: Final = "2026.3.0"
_ANSWER_WITHIN_S: Final = 20
_PROTOCOL: Final = "1.41"  # named, so that making a client asks nobody and leaves no socket open
_LONGEST_REASON: Final = 200


class NoEngine(TargetFailed):
    """No container engine, or not the image; the message says which and what to do next."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers and has the project's image."""

    image: str

    @classmethod
    def found(cls, environ: Mapping[str, str] = os.environ) -> Engine:
        """The engine that DOCKER_HOST, or the default socket, leads to; raises `NoEngine`."""
        image = environ.get(IMAGE_VARIABLE) or f"sombra-rehearsal:{version('sombra-rehearsal')}"
        require(image)
        return cls(image)


def localstack_image(environ: Mapping[str, str] = os.environ) -> str:
    """The KMS-only LocalStack that `docker/engine.sh build` makes; raises `NoEngine` where it is not."""
    image = environ.get(LOCALSTACK_IMAGE_VARIABLE) or f"sombra-rehearsal-localstack-kms:{_LOCALSTACK_VERSION}"
    require(image)
    return image


def require(image: str) -> None:
    """Nothing is ever pulled: an image that is not here ends the attempt before anything starts."""
    client = DockerClient.from_env(timeout=_ANSWER_WITHIN_S, version=_PROTOCOL)
    try:
        client.ping()
        client.images.get(image)
    except ImageNotFound as error:
        raise NoEngine(f"the engine has no image {image}; make it: docker/engine.sh build") from error
    except (DockerException, RequestException) as error:
        raise NoEngine(
            "no container engine answers; start Docker, or bring one up: "
            f'eval "$(docker/engine.sh up)" ({reason_of(error)})'
        ) from error
    finally:
        client.close()


@contextmanager
def engine_answers(doing: str) -> Iterator[None]:
    """Turn what the engine refuses within the block into one line; raises `TargetFailed`."""
    try:
        yield
    except (DockerException, RequestException) as error:
        raise TargetFailed(
            f"the container engine could not {doing} ({reason_of(error)}); see `docker info`, then rehearse again"
        ) from error


def reason_of(error: Exception) -> str:
    """The engine's own words on one line, or the kind of error; never an environment."""
    words = getattr(error, "explanation", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())[:_LONGEST_REASON]
