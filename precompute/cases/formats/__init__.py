"""The file formats that can be read; one is added by its file and a line here."""

from __future__ import annotations

from precompute.cases.formats import dicom, nifti, plain

FORMATS = (plain.FORMAT, nifti.FORMAT, dicom.FORMAT)
"""In the order in which sentences name them."""
