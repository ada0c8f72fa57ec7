"""Application credentials: a user's own secrets for its programs, with some of its roles in one project."""
