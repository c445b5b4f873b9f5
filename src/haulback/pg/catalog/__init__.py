"""Reads a schema from the catalogs, fingerprints it, and writes it out again as SQL."""
