"""A region of interest as pixels, as numbers, and as verdicts on the paper's requirements."""
