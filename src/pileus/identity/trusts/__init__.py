"""Trusts: a user lets another act with some of its roles in one project."""
