"""The published tables beside those of the Metrics page, with their sources and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.metrics.tables import ranks


@dataclass(frozen=True)
class PaperColumn:
    """A column: the paper's name of it, our metric of the same kind ("" for none), printed decimals."""

    name: str
    metric: str
    decimals: int
    higher_is_better: bool = True


@dataclass(frozen=True)
class PaperRow:
    """A method of a paper: its name there, the numbers, and the ids of our methods of that kind."""

    name: str
    values: tuple[float, ...]
    ours: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperTable:
    """A table as printed."""

    id: str
    title: str
    source: str
    data: str
    note: str
    columns: tuple[PaperColumn, ...]
    rows: tuple[PaperRow, ...]

    def best(self, column: int) -> list[bool]:
        """Which rows are best in a column; ties at the printed decimals are all best."""
        values = [row.values[column] for row in self.rows]
        return [rank == 1 for rank in ranks(values, self.columns[column].higher_is_better)]

    def ours(self) -> tuple[str, ...]:
        """The ids of our methods that stand in the table, each once."""
        return tuple(dict.fromkeys(method for row in self.rows for method in row.ours))


_FUNFUSEAN = ("funfusean", "funfusean_sum")

FUNFUSEAN = PaperTable(
    id="funfusean",
    title="FunFuseAn, Table 1",
    source="Kumar, Hoffmann, Oelschlägel, Koch, Kirsch & Gumhold, “Structural Similarity based Anatomical "
    "and Functional Brain Imaging Fusion”, Table 1",
    data="Means of 100 MRI + PET test pairs; λ = 0.8, Ω = 0.6; seconds in MATLAB R2018a.",
    note="The row that the paper calls Q_SSIM is probably Q_P (sw1): that is the order in which the authors' "
    "script returns its values. Other images than here: the order of magnitude compares, not the digits.",
    columns=(
        PaperColumn("Q_IE", "q_ncie", 4),
        PaperColumn("Q_G", "q_xy", 4),
        PaperColumn("Q_FMI", "q_fmi", 4),
        PaperColumn("Q_SSIM", "q_p_sw1", 4),
        PaperColumn("Q_VIF", "q_viff", 4),
        PaperColumn("time, s", "", 2, higher_is_better=False),
    ),
    rows=(
        PaperRow("GF", (0.8169, 0.7555, 0.9224, 0.8260, 0.2776, 13.43)),
        PaperRow("NSCT-PCDC", (0.8080, 0.5457, 0.8754, 0.7992, 0.3415, 221.07)),
        PaperRow("LP-SR", (0.8092, 0.6501, 0.8969, 0.7837, 0.5990, 75.69)),
        PaperRow("NSCT-RPCNN", (0.8132, 0.6702, 0.8941, 0.8492, 0.5430, 775.31)),
        PaperRow("NSST-PAPCNN", (0.8102, 0.6685, 0.8997, 0.8318, 0.6001, 521.36)),
        PaperRow("LP-CNN", (0.8076, 0.5665, 0.8958, 0.7176, 0.5326, 481.73)),
        PaperRow("FunFuseAn", (0.8104, 0.5707, 0.8885, 0.8610, 0.6005, 0.37), _FUNFUSEAN),
    ),
)

FUSIONINN = PaperTable(
    id="fusioninn",
    title="FusionINN, Table 1",
    source="Kumar, Tao, Singh, Li, Sun, Zhao & Gumhold, “FusionINN: Invertible Image Fusion for Brain Tumor "
    "Monitoring”, Table 1",
    data="Means of 1,153 T1-Gd + FLAIR validation pairs of BraTS 2018.",
    note="The released code for Q_XY and Q_P evaluates the central 3×3 and 11×11 pixels only; noise outside "
    "the central 26×26 leaves its values alone. Those two columns say nothing of the rest of the image.",
    columns=(
        PaperColumn("Q_SSIM", "q_ssim", 3),
        PaperColumn("Q_FMI", "q_fmi", 3),
        PaperColumn("Q_NCIE", "q_ncie", 3),
        PaperColumn("Q_XY", "q_xy", 3),
        PaperColumn("Q_P", "q_p_sw1", 3),
    ),
    rows=(
        PaperRow("DeepFuse", (0.927, 0.791, 0.806, 0.449, 0.766), ("deepfuse",)),
        PaperRow("FunFuseAn", (0.930, 0.845, 0.806, 0.481, 0.781), _FUNFUSEAN),
        PaperRow("Half-UNet", (0.933, 0.850, 0.805, 0.464, 0.774)),
        PaperRow("UNet", (0.934, 0.835, 0.805, 0.420, 0.711)),
        PaperRow("UNet++", (0.937, 0.849, 0.805, 0.433, 0.739)),
        PaperRow("UNet3+", (0.937, 0.849, 0.805, 0.434, 0.742)),
        PaperRow("DDFM", (0.921, 0.861, 0.806, 0.472, 0.702)),
        PaperRow("FusionINN", (0.927, 0.835, 0.806, 0.493, 0.783)),
    ),
)

PAPERS = (FUNFUSEAN, FUSIONINN)
