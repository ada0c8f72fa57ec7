"""A chunk store in a bucket of an S3: packs as objects, their index in the cloud's database for all nodes.

`store.py` wants the extra `s3`; `table.py`, which every cloud's schema has, does not.
"""
