"""Live probes of a deployed system, one a file."""
