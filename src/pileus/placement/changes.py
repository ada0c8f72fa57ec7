"""What each microversion of the Placement API changed, as named behaviours, newest first.

Changes of shape stand on the fields themselves; here stand changes of behaviour, which rules ask the caller
for by name.
"""

from __future__ import annotations

from pileus.kernel.versions import Versions, capability

VERSIONS = Versions("placement", "1.0", "1.39")

ANY_TRAIT = capability(since="1.39")
"""`required=in:A,B` asks for one of several traits, and `required` may be repeated."""

CONSUMER_TYPES = capability(since="1.38")
"""Usages are told by the type of consumer."""

NEW_PARENTS = capability(since="1.37")
"""A provider may be moved below another one, or out of its tree."""

SAME_SUBTREE = capability(since="1.36")
"""Groups of a request may be kept together below one provider."""

MAPPINGS = capability(since="1.34")
"""Candidates say which provider serves which group of the request."""

NAMED_GROUPS = capability(since="1.33")
"""Groups of a request may have any suffix."""

FORBIDDEN_AGGREGATES = capability(since="1.32")
"""`member_of=!A` asks for providers outside an aggregate."""

WITHIN_TREE = capability(since="1.31")
"""Candidates may be looked for in one tree of providers."""

WHOLE_TREES = capability(since="1.29")
"""Candidates may be made of several providers of one tree, and the whole tree is told."""

GUARDED_CLAIMS = capability(since="1.28")
"""A consumer's generation is told, and guards its allocations."""

ALL_CLASSES = capability(since="1.27")
"""Candidates tell of every class of a provider, not only of those asked for."""

ALL_RESERVED = capability(since="1.26")
"""An inventory may be reserved whole."""

NUMBERED_GROUPS = capability(since="1.25")
"""A request may have groups, each to be served by one provider."""

SEVERAL_MEMBERSHIPS = capability(since="1.24")
"""`member_of` may be repeated."""

FORBIDDEN_TRAITS = capability(since="1.22")
"""`required=!A` asks for providers without a trait."""

BY_AGGREGATE = capability(since="1.21")
"""Candidates may be looked for in aggregates."""

SHOWS_MADE = capability(since="1.20")
"""A provider that was made is shown at once."""

AGGREGATE_GENERATION = capability(since="1.19")
"""A change of a provider's aggregates is a change of the provider."""

BY_TRAIT = capability(since="1.17")
"""Candidates may be asked for by trait, and their traits are told."""

DATED = capability(since="1.15")
"""Answers say when what they tell was last changed."""

CLAIMS_BY_PROVIDER = capability(since="1.12")
"""Allocations are told by provider, and whose they are is told with them."""
