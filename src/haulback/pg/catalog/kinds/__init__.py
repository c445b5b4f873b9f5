"""One file a kind of object: how it is read, made, unmade and altered."""
