"""The HTTP routes of the spec: questions in, arrays, tables and files out; knows nothing of Dash."""
