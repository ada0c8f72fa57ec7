"""Subnet pools: stocks of addresses from which subnets are cut, so that they never overlap."""
