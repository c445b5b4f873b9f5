"""Ways to take a backup and to prove it: one file each, found by the registry."""
