"""Directories: stores of users outside the cloud, one for a domain, mirrored here and asked at every login."""
