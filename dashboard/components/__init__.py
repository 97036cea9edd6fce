"""Pure layout functions: data in, Dash components out; no callbacks, no services."""
