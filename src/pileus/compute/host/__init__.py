"""The part of Compute that runs on hosts: what is wanted of guests, the drivers that bring it about, what is seen."""
