"""One file a use case: wires the rooms together."""
