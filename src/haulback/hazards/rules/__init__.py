"""The hazards, one a file; each file holds a RULE whose id is the name of the file with hyphens."""
