"""Content-addressed chunks: objects of any size cut into pieces that are kept once, however many objects hold them.

A store takes in an object (`upload`), gives back any part of it (`read`), and forgets what no caller names any more
(`gc`). It knows nothing of images, volumes or owners; the name of an object is the address of its manifest.
"""

from pileus.chunks.checking import check
from pileus.chunks.cutting import Cutter, Piece
from pileus.chunks.disk import room_needed
from pileus.chunks.errors import Absent, ChunkError, Damaged, StoreFull, Unreachable
from pileus.chunks.intake.parcel import Parcel
from pileus.chunks.intake.records import Older, Unpacking
from pileus.chunks.intake.upload import Stored, Upload
from pileus.chunks.known import Known
from pileus.chunks.manifest import Entry, is_address, segments_in
from pileus.chunks.manifest import Writer as ManifestWriter
from pileus.chunks.packs import Packing, unpack
from pileus.chunks.passes import issue_pass
from pileus.chunks.scrubbing import Scrubbed, concerns, scrub
from pileus.chunks.settings import AnyStoreSettings, LocalStoreSettings, S3StoreSettings, default_stores
from pileus.chunks.store import ChunkStore, Freed, Source, Stats
from pileus.chunks.stores import ChunkStores, Together

__all__ = [
    "Absent",
    "AnyStoreSettings",
    "ChunkError",
    "ChunkStore",
    "ChunkStores",
    "Cutter",
    "Damaged",
    "Entry",
    "Freed",
    "Known",
    "LocalStoreSettings",
    "ManifestWriter",
    "Older",
    "Packing",
    "Parcel",
    "Piece",
    "S3StoreSettings",
    "Scrubbed",
    "Source",
    "Stats",
    "StoreFull",
    "Stored",
    "Together",
    "Unpacking",
    "Unreachable",
    "Upload",
    "check",
    "concerns",
    "default_stores",
    "is_address",
    "issue_pass",
    "room_needed",
    "scrub",
    "segments_in",
    "unpack",
]
