"""The words of Haulback as frozen dataclasses: what rooms hand each other."""
