"""Flavors: the sizes servers come in, who may use them, and their extra specs."""
