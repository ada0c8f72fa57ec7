"""Users: who can log in, and how their passwords change."""
