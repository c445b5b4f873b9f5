"""The OpenAPI 2.0 document of a schema, as far as the asking role may use it."""
