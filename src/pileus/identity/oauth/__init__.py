"""Delegation to programs: the consumers that may ask for it."""
