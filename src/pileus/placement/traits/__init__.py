"""Traits: words that tell what a provider can, and which provider has which."""
