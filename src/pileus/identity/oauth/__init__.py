"""Delegation to programs: consumers with the tokens people give them (OAuth 1), and client credentials (OAuth 2)."""
