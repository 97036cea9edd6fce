"""The store of precomputed results: entries that appear whole or not at all, stale and damaged ones named."""
