"""Choosing a host: what a server needs, which hosts have it, which of them is best, and why the others are not."""
