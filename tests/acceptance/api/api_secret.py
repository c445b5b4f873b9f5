"""What the API of the tests verifies tokens with."""

SECRET = "a secret of the tests that is long enough"
