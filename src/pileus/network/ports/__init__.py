"""Ports: places on networks, with a MAC, addresses, and what may pass."""
