"""What all pages use: frame, fields, readers of the address, scales, heatmaps, choices. Imports no page."""
