"""The self-contained report on a region: contents, pictures, tables, and the command that writes it."""
