"""Request tokens and access tokens of OAuth 1 as rows."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from pileus.kernel.store import Document, Id, Moment, metadata

request_tokens = Table(
    "identity_request_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("consumer_id", Id, ForeignKey("identity_consumers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sealed_secret", Text, nullable=False),
    Column("verifier", String(32)),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), index=True),
    Column("role_ids", Document, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "request_token", "secret": {"sealed_secret", "verifier"}, "sealed": "sealed_secret"},
)
"""`user_id` is who has authorized it."""

access_tokens = Table(
    "identity_access_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("consumer_id", Id, ForeignKey("identity_consumers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("project_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sealed_secret", Text, nullable=False),
    Column("user_id", Id, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role_ids", Document, nullable=False),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    info={"kind": "access_token", "secret": {"sealed_secret"}, "sealed": "sealed_secret"},
)
"""`user_id` is for whom its consumer acts."""
