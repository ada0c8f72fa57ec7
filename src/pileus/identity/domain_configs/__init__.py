"""Domain configurations: where a domain's users are kept, if it is not here; kept for who connects such stores."""
