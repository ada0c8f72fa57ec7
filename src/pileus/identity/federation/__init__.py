"""Federation: people whom another identity provider vouches for, and what their attributes make of them here."""
