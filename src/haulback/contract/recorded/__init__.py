"""Reads recorded requests: our own lines, HAR files of browsers, and .http files."""
