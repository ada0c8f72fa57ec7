"""Chunks on a host: a cache of the images that guests there are made from."""
