"""Live probes of a deployed system, one a file, each inside a transaction that is rolled back."""
