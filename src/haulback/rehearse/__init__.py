"""Runs a plan for real on a shadow: forward, back, forward again."""
