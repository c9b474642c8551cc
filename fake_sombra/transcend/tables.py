"""What Transcend's cloud remembers: the nine tables, and which of them only ever grow.

A ciphertext is not a column: a row of `files` names an immutable blob (`blobs.py`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

metadata: Final = MetaData()

organization: Final = Table(
    "organization",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("is_paused", Boolean, nullable=False),
)

requests: Final = Table(
    "requests",
    metadata,
    Column("id", String, primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("status", String, nullable=False),
    Column("type", String, nullable=False),
    Column("details", JSON, nullable=False),
    # The context that `open-context` judged last, and its verdict; a newer context is unjudged.
    Column("judged_context_id", String),
    Column("is_expired", Boolean, nullable=False),
    Index("requests_by_age", "created_at", "id"),
)

contexts: Final = Table(
    "contexts",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("request_id", String, ForeignKey("requests.id"), nullable=False),
    Column("token", String, nullable=False),
    Column("created_at", Double, nullable=False),
    # The context whose key this one carries under a newer signature; none for a key of its own.
    Column("renews", String, ForeignKey("contexts.id")),
    Index("contexts_by_request", "request_id", "seq"),
)

files: Final = Table(
    "files",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("request_id", String, ForeignKey("requests.id"), nullable=False),
    Column("context_id", String, ForeignKey("contexts.id"), nullable=False),
    Column("data_silo_id", String, nullable=False),
    Column("file_name", String, nullable=False),
    Column("mimetype", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("iv", String, nullable=False),
    Column("auth_tag", String, nullable=False),
    Column("blob", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("files_by_request", "request_id", "seq"),
)

identifier_sets: Final = Table(
    "identifier_sets",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("request_id", String, ForeignKey("requests.id"), nullable=False),
    Column("context_id", String, ForeignKey("contexts.id"), nullable=False),
    Column("sealed", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("identifier_sets_by_request", "request_id", "seq"),
)

integrations: Final = Table(
    "integrations",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("is_paused", Boolean, nullable=False),
)

integration_contexts: Final = Table(
    "integration_contexts",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("integration_id", String, ForeignKey("integrations.id"), nullable=False),
    Column("token", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("integration_contexts_by_integration", "integration_id", "seq"),
)

consent_identifiers: Final = Table(
    "consent_identifiers",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("encrypted", String, nullable=False),
    Column("created_at", Double, nullable=False),
)

config_syncs: Final = Table(
    "config_syncs",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("instance", String),
    Column("uri", String, nullable=False),
    Column("config_jwt", String, nullable=False),
    Column("kms_provider", String, nullable=False),
    Column("key_sets", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
)

APPEND_ONLY: Final = (
    contexts,
    files,
    identifier_sets,
    integration_contexts,
    consent_identifiers,
    config_syncs,
)
"""Rows here are added and never changed or removed; only the control port's planted damage may touch them."""
