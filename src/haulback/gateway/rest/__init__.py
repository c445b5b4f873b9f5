"""PostgREST's dialect: a request becomes one statement, its row becomes the answer."""
