"""Names under which markers stand in $PnS.

Definition
    One line a marker: the name that templates use, then what laboratories write. Case, spaces, hyphens, underscores,
    dots and slashes between the pieces of a name do not count. Names of clones and gene symbols are those of the HLDA
    workshops and HGNC; dyes for dead cells are those of their makers' catalogues.

Not decided here
    How a label is searched: see ``markers``.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["AREA_HEIGHT_WIDTH", "SCATTER", "SYNONYMS", "VIABILITY"]

VIABILITY: Final = "Viability"

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "CD2": ("LFA-2",),
        "CD3": ("CD3e", "CD3 epsilon", "OKT3", "UCHT1"),
        "CD4": ("CD4a", "Leu-3"),
        "CD5": ("Leu-1",),
        "CD7": ("Leu-9",),
        "CD8": ("CD8a", "CD8b", "CD8 alpha", "CD8 beta", "Leu-2"),
        "CD10": ("CALLA", "MME", "neprilysin"),
        "CD11b": ("Mac-1", "ITGAM"),
        "CD13": ("ANPEP",),
        "CD14": (),
        "CD15": ("SSEA-1", "Lewis X"),
        "CD16": ("CD16a", "FCGR3", "FCGR3A", "FcgRIII", "FcgRIIIa", "Leu-11"),
        "CD19": ("Leu-12",),
        "CD20": ("MS4A1", "Leu-16"),
        "CD22": (),
        "CD24": (),
        "CD25": ("IL-2Ra", "IL2RA", "IL-2R alpha", "Tac"),
        "CD27": (),
        "CD33": ("Siglec-3",),
        "CD34": ("HPCA-1",),
        "CD38": ("Leu-17",),
        "CD45": ("PTPRC", "LCA", "HLe-1"),
        "CD45RA": (),
        "CD45RO": (),
        "CD56": ("NCAM", "NCAM1", "NCAM-1", "Leu-19"),
        "CD57": ("HNK-1", "Leu-7"),
        "CD62L": ("L-selectin", "SELL"),
        "CD64": (),
        "CD66b": (),
        "CD69": (),
        "CD95": ("Fas",),
        "CD117": ("c-Kit", "KIT"),
        "CD123": ("IL-3Ra", "IL3RA"),
        "CD127": ("IL-7Ra", "IL7RA", "IL-7R", "IL7R", "IL-7R alpha"),
        "CD133": (),
        "CD159a": ("NKG2A",),
        "CD161": ("KLRB1",),
        "CD235a": ("glycophorin A", "GYPA", "GlyA"),
        "CD314": ("NKG2D",),
        "CD335": ("NKp46",),
        "FoxP3": ("FOXP3",),
        "Helios": ("IKZF2",),
        "Ki-67": ("Ki67", "MKI67", "MIB-1"),
        "HLA-DR": ("HLADR",),
        "TCRab": ("TCR alpha beta", "abTCR"),
        "TCRgd": ("TCR gamma delta", "gdTCR"),
        "IgD": (),
        "IgG": (),
        "IgM": (),
        "PD-1": ("CD279", "PDCD1"),
        "CCR7": ("CD197",),
        "Syto": ("Syto 41", "Syto 16", "Syto 13", "Syto41"),
        VIABILITY: (
            "viability", "viable", "live", "dead", "live dead", "dead cells", "L/D", "LD",
            "Zombie", "Zombie NIR", "Zombie Aqua", "Zombie UV",
            "Zombie Violet", "Zombie Green", "Zombie Red", "Zombie Yellow", "Z UV", "ZUV", "Z NIR", "ZNIR", "Z Aqua",
            "7-AAD", "7AAD", "PI", "propidium iodide", "DAPI", "Aqua", "LD Aqua", "Live Dead Aqua", "Live Dead Blue",
            "cisplatin", "VIVID", "FVS", "FVS450", "FVS510", "FVS520", "FVS570", "FVS575V", "FVS620", "FVS660",
            "FVS700", "FVS780", "FVD", "Ghost Dye", "Ghost", "DRAQ7", "Sytox", "Sytox Blue", "Sytox Red",
            "amine",
        ),
    }
)  # fmt: skip

SCATTER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "FSC-A": ("fsca", "fsa", "fsarea", "fsint", "fslin"),
        "FSC-H": ("fsch", "fsh", "fsheight", "fspeak", "fspeaklin"),
        "FSC-W": ("fscw", "fsw", "fswidth"),
        "SSC-A": ("ssca", "ssa", "ssarea", "ssint", "sslin"),
        "SSC-H": ("ssch", "ssh", "ssheight", "sspeak", "sspeaklin"),
        "SSC-W": ("sscw", "ssw", "sswidth"),
        "FSC": ("fsca", "fsa", "fsarea", "fsint", "fslin", "fsch", "fsh", "fspeak", "fsc"),
        "SSC": ("ssca", "ssa", "ssarea", "ssint", "sslin", "ssch", "ssh", "sspeak", "ssc"),
        "Time": ("time",),
    }
)
AREA_HEIGHT_WIDTH: Final = ("a", "h", "w")
