"""Security group rules: each line of a security group, which lets something pass."""
