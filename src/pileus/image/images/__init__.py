"""Images: what callers say and see of them, their rows, their bytes."""
