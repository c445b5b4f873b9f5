"""Verification through a target's API: its client, who calls, what is served, and rows that are only tried."""
