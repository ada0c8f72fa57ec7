"""Servers: virtual machines, from the request that asks for one to the last trace of it."""
