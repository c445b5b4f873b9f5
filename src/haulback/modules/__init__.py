"""The modules that Haulback carries."""
