"""Subnets: the ranges of addresses of a network."""
