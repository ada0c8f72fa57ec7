"""Rows of images and their members."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, bindparam, or_, select

from pileus.kernel.store import Document, Id, Moment, Name, Row, Tx, metadata

images = Table(
    "image_images",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Name),
    Column("status", String(16), nullable=False, default="queued"),
    Column("visibility", String(16), nullable=False, default="shared"),
    Column("protected", Boolean, nullable=False, default=False),
    Column("os_hidden", Boolean, nullable=False, default=False),
    Column("owner", Name),
    Column("disk_format", String(16)),
    Column("container_format", String(16)),
    Column("min_disk", Integer, nullable=False, default=0),
    Column("min_ram", Integer, nullable=False, default=0),
    Column("tags", Document, nullable=False),
    Column("extras", Document, nullable=False),
    Column("size", BigInteger),
    Column("virtual_size", BigInteger),
    Column("checksum", String(32)),
    Column("os_hash_algo", String(16)),
    Column("os_hash_value", String(128)),
    Column("manifest", String(64)),
    Column("stores", Document),
    Column("plain_manifest", String(64)),
    Column("plain_size", BigInteger),
    Column("copies", Integer),
    Column("staged", Document),
    Column("staged_size", BigInteger),
    Column("importing", Document),
    Column("import_task", Id),
    Column("locations", Document),
    Column("node", Name),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "created_at", "id"),
    Index(None, "owner"),
    Index(None, "manifest"),
    info={"kind": "image"},
)
"""`manifest` names the list of the image's chunks; the bytes are visible once it is written here, and not before.
`stores` names the chunk stores that have them (NULL, of an earlier version: the default one). `plain_manifest` is the
same disk unpacked for hosts, `plain_size` bytes of it, in the first of these stores: derived, made again if dropped.
`copies` counts the stores. `staged` are bytes that wait to be imported, `importing` says what an import has done so far
(kept when it has ended), `import_task` names the one that runs.
`node` is the control node that bytes come through, as long as they come; when it begins anew they do not any more.
`locations` are those that callers said (NULL: the stores are all there are)."""

members = Table(
    "image_members",
    metadata,
    Column("image_id", Id, ForeignKey(images.c.id, ondelete="CASCADE"), primary_key=True),
    Column("member_id", Name, primary_key=True),
    Column("status", String(16), nullable=False, default="pending"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "member_id"),
    info={"kind": "image_member"},
)

ONE = select(images).where(images.c.id == bindparam("id"))
_IN_ORDER = (members.c.created_at, members.c.member_id)
MEMBERS = select(members).where(members.c.image_id == bindparam("image_id")).order_by(*_IN_ORDER)
MEMBER = MEMBERS.where(members.c.member_id == bindparam("member_id"))
WITH_BYTES = select(
    images.c.manifest, images.c.plain_manifest, images.c.stores, images.c.staged, images.c.importing
).where(or_(images.c.manifest.is_not(None), images.c.staged_size.is_not(None)))


def image_row(tx: Tx, image_id: str) -> Row | None:
    """An image, whoever's it is."""
    return tx.one(ONE, id=image_id)


def member_row(tx: Tx, image_id: str, member_id: str | None) -> Row | None:
    """A project's membership in an image."""
    return tx.one(MEMBER, image_id=image_id, member_id=member_id)
