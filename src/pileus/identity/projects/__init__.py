"""Projects: what everything in the cloud belongs to; a domain is a project too, and the root of a tree of them."""
