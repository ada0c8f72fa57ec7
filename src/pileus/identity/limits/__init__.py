"""Limits: how much of a service's resource a project may have; a default for all, and what is said for one."""
