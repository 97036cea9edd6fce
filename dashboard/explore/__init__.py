"""The Explore page, `/`: Figure 1 of the paper under one pointer; its flows are drawn in `callbacks`."""
