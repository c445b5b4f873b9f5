"""A deployment told to a person, a program, a pull request or a CI server."""
