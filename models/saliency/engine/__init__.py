"""What the derivatives share: which path is exact for a module, and the cones that make it fast.

Owns tracing (`tracing`, `graph`), the cones of influence (`cones`, `slope_maps`), windows cut at the
border (`windows`) and the proof that chooses between them (`analysis`). Must not know which
derivative is asked for.
"""
