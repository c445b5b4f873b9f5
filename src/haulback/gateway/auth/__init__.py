"""Who asks: tokens verified, and the role and claims that a statement runs with."""
