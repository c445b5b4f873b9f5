"""One report format a file; `FORMAT` is what the file brings."""
