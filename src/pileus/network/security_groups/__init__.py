"""Security groups: what may pass to and from the ports that are in them."""
