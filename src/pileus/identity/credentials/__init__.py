"""Credentials: secrets that users keep here for other ways of logging in, EC2 key pairs among them."""
