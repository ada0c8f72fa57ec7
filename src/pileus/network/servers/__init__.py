"""What Compute asks of Networking for its servers: network cards, addresses, groups, and what guests are told."""
