"""Exact derivatives of a fused image with respect to its sources.

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020, eqs. (1) and (2). Signed values everywhere;
absolute value, clipping and gamma belong to the display.
"""
