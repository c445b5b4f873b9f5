"""Keeps what a deployment destroys or would take away, in the attic, and gives it back."""
