"""Domains, and where each keeps its users if it is not here."""
