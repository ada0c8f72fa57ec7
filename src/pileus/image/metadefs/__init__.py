"""Metadata definitions: what keys and values mean that people put on images, flavors, volumes and servers.

A namespace gathers definitions of properties, of objects (groups of properties) and tags, and says which types of
resource they are meant for.  Nothing here is enforced: dashboards and clients read it to offer what makes sense.
"""

from pileus.image.metadefs import namespaces, objects, properties, resource_types, tags
from pileus.image.metadefs.starting import seed_definitions

__all__ = ["namespaces", "objects", "properties", "resource_types", "seed_definitions", "tags"]
