"""Roles, and which of them imply others."""
