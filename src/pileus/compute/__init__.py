"""Compute: servers and what they are made from, as the Compute API (Nova v2.1) speaks of them."""
