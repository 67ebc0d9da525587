# ruff: noqa: E501  # tables of figures
"""Write the kit TOML files from the OSIRIS definitions (public domain): ``kits_from_osiris.py DEFINITIONS OUT``.

Facts taken: loci, dyes, ladder alleles with nominal lengths, repeat lengths, lane standards. A locus reaches 12 bp beyond
its ladder, at most half-way to the neighbouring ladder. For GlobalFiler the nominal lengths are those of the
published size regression, since the definition counts some loci from another origin.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

GS500 = ((75, 100, 139, 150, 160, 200, 300, 340, 350, 400, 450, 490, 500), (250,))
GS600_ALL = (
    60,
    80,
    100,
    114,
    120,
    140,
    160,
    180,
    200,
    214,
    220,
    240,
    250,
    260,
    280,
    300,
    314,
    320,
    340,
    360,
    380,
    400,
    414,
    420,
    440,
    460,
)
ILS600 = (60, 80, 100, 120, 140, 160, 180, 200, 225, 250, 275, 300, 325, 350, 375, 400, 425, 450, 475, 500, 550, 600)
CC5 = (60, 65, 80, 100, 120, 140, 160, 180, 200, 225, 250, 275, 300, 325, 350, 375, 400, 425, 450, 475, 500)
STANDARDS = {
    "GS500 LIZ": GS500,
    "GS500 ROX": GS500,
    "GS600 LIZ": (GS600_ALL, (20, 40, 480, 500, 514, 520, 540, 560, 580, 600)),
    "ILS 600": (ILS600, ()),
    "CC5 ILS 500": (CC5, ()),
    "WEN ILS 500": (CC5, ()),
}
KITS = {
    "identifiler": ("Identifiler_LadderInfo.xml", "AmpFlSTR Identifiler", ("GS500 LIZ", "GS600 LIZ")),
    "identifiler_plus": ("IdentifilerPlus_LadderInfo.xml", "AmpFlSTR Identifiler Plus", ("GS500 LIZ", "GS600 LIZ")),
    "profiler_plus": ("", "AmpFlSTR Profiler Plus", ("GS500 ROX",)),
    "cofiler": ("Cofiler_LadderInfo.xml", "AmpFlSTR COfiler", ("GS500 ROX",)),
    "powerplex16": ("PowerPlex16_LadderInfo.xml", "PowerPlex 16", ("ILS 600",)),
    "esx17": ("PowerPlex_ESX17_LadderInfo.xml", "PowerPlex ESX 17", ("CC5 ILS 500", "WEN ILS 500")),
    "fusion": ("PPFusion_LadderInfo.xml", "PowerPlex Fusion", ("CC5 ILS 500", "WEN ILS 500")),
    "fusion6c": ("PPFusion6C_LadderInfo.xml", "PowerPlex Fusion 6C", ("WEN ILS 500",)),
    "globalfiler": ("GlobalFiler_LadderInfo.xml", "GlobalFiler", ("GS600 LIZ",)),
    "ngm_select": ("NGMSElect_LadderInfo.xml", "AmpFlSTR NGM SElect", ("GS600 LIZ", "GS500 LIZ")),
}
# AmpFlSTR Profiler Plus has no definition file: its loci by dye and its ladder alleles are those of the maker's panel;
# the nominal lengths are those of the same primers in Identifiler and COfiler.
PROFILER_PLUS = (
    ("D3S1358", 0, "12 13 14 15 16 17 18 19"),
    ("vWA", 0, "11 12 13 14 15 16 17 18 19 20 21"),
    ("FGA", 0, "18 19 20 21 22 23 24 25 26 26.2 27 28 29 30"),
    ("AMEL", 1, "X Y"),
    ("D8S1179", 1, "8 9 10 11 12 13 14 15 16 17 18 19"),
    ("D21S11", 1, "24.2 25 26 27 28 28.2 29 29.2 30 30.2 31 31.2 32 32.2 33 33.2 34 34.2 35 35.2 36 38"),
    ("D18S51", 1, "9 10 10.2 11 12 13 13.2 14 14.2 15 16 17 18 19 20 21 22 23 24 25 26"),
    ("D5S818", 2, "7 8 9 10 11 12 13 14 15 16"),
    ("D13S317", 2, "8 9 10 11 12 13 14 15"),
    ("D7S820", 2, "6 7 8 9 10 11 12 13 14 15"),
)
PROFILER_DYES = ("5-FAM", "JOE", "NED", "ROX")
# Stutter of GlobalFiler on a 3500, ratio = a + b * allele (Kruijver & Bright, simDNAmixtures); forward: constant.
BACK = {
    "D3S1358": (-0.05363, 0.00802), "vWA": (-0.09395, 0.00952), "D16S539": (-0.05042, 0.0093),
    "CSF1PO": (-0.04162, 0.00862), "TPOX": (-0.02701, 0.00541), "D8S1179": (0.00832, 0.00417),
    "D21S11": (-0.09642, 0.00547), "D18S51": (-0.04405, 0.00737), "D2S441": (0.05776, -0.00104),
    "D19S433": (-0.06626, 0.00919), "TH01": (0.01157, 0.00098), "FGA": (-0.07745, 0.00656),
    "D22S1045": (-0.11253, 0.0126), "D5S818": (-0.04525, 0.00892), "D13S317": (-0.05664, 0.0094),
    "D7S820": (-0.04293, 0.00839), "SE33": (0.03867, 0.00221), "D10S1248": (-0.04787, 0.00866),
    "D1S1656": (0.01233, 0.00387), "D12S391": (-0.08479, 0.00832), "D2S1338": (-0.00979, 0.00401),
}  # fmt: skip
FORWARD = {
    "D3S1358": 0.00538, "vWA": 0.00534, "D16S539": 0.00579, "CSF1PO": 0.00691, "TPOX": 0.0046, "D8S1179": 0.00583,
    "D21S11": 0.0077, "D18S51": 0.0066, "D2S441": 0.00532, "D19S433": 0.00398, "TH01": 0.00411, "FGA": 0.00613,
    "D22S1045": 0.035, "D5S818": 0.00801, "D13S317": 0.006, "D7S820": 0.00419, "SE33": 0.00797, "D10S1248": 0.00385,
    "D1S1656": 0.00625, "D12S391": 0.00558, "D2S1338": 0.00499,
}  # fmt: skip
UNVERIFIED_BACK = {"Penta D": 0.02, "Penta E": 0.03}
UNVERIFIED_OTHER = 0.07
# GlobalFiler: size = a + b * allele (Kruijver & Bright, simDNAmixtures); the definition's origin differs by locus.
GLOBALFILER_SIZE = {
    "D3S1358": (60.2303, 4.07825), "vWA": (112.3152, 4.0373), "D16S539": (207.3557, 4.02865), "CSF1PO": (258.7593, 3.95855),
    "TPOX": (317.4691, 4.02836), "Yindel": (76.21, 5.29), "D8S1179": (93.9499, 4.10079), "D21S11": (86.4959, 4.03979),
    "D18S51": (233.1635, 4.03903), "DYS391": (336.5114, 4.04786), "D2S441": (44.7889, 4.05776), "D19S433": (93.9474, 3.98487),
    "TH01": (161.9265, 4.16108), "FGA": (170.4873, 4.06927), "D22S1045": (64.6624, 2.98636), "D5S818": (110.3089, 4.05122),
    "D13S317": (178.4847, 4.04448), "D7S820": (238.6236, 3.97455), "SE33": (289.5696, 4.06683), "D10S1248": (53.5461, 3.99899),
    "D1S1656": (121.6282, 4.217), "D12S391": (160.5835, 3.97152), "D2S1338": (236.4452, 4.01954),
}  # fmt: skip
# Shift of the definitions' origin, which differs by locus, to the lengths of the makers' panels [bp]: AmpFLSTR_Panels_v1,
# Promega_Panels_v1, NGMSElect_panel_v2X. A locus that is not named takes the shift under "".
IDENTIFILER_SHIFT = {
    "": 1.0, "CSF1PO": 1.63, "D13S317": 12.65, "D16S539": 5.3, "D2S1338": 2.31, "D19S433": 0.0, "TPOX": 7.99, "AMEL": 4.0,
}  # fmt: skip
SHIFT = {
    "identifiler": IDENTIFILER_SHIFT,
    "identifiler_plus": IDENTIFILER_SHIFT,
    "profiler_plus": {"": 1.0, "AMEL": 4.0},
    "cofiler": {"": 1.0, "AMEL": 4.0},
    "powerplex16": {
        "": -1.0, "D3S1358": -3.0, "TH01": -2.0, "D21S11": -3.0, "D18S51": -5.0, "Penta E": -2.0, "D5S818": -4.0,
        "D13S317": -3.0, "D7S820": -2.0, "CSF1PO": -3.0, "Penta D": -7.0, "AMEL": -2.0, "FGA": -2.0,
    },
    "ngm_select": {
        "vWA": -2.0, "D16S539": -4.5, "D2S1338": -3.5, "D8S1179": -2.0, "D21S11": -1.0, "D18S51": -1.0,
        "D22S1045": 1.0, "D19S433": 21.3, "TH01": 17.0, "SE33": -10.5,
    },
}  # fmt: skip
MARGIN_BP = 12.0
# The middle of the common alleles, where the middle of the ladder is not.
MIDDLE = {"FGA": "23", "D21S11": "30", "SE33": "22.2"}


def repeats(allele: str, repeat_bp: int) -> float:
    whole, _, part = allele.partition(".")
    return int(whole) + (int(part) / repeat_bp if part else 0.0)


def read_loci(path: Path, *, kit_id: str) -> tuple[list[str], list[dict]]:
    kit = ET.parse(path).getroot().find(".//Set")  # noqa: S314
    dyes = [channel.findtext("DyeName") for channel in kit.find("FsaChannelMap")]
    loci = []
    for element in kit.findall("Locus"):
        name, repeat = element.findtext("Name"), int(element.findtext("CoreRepeatNumber") or 4)
        rungs = [(rung.findtext("Name"), float(rung.findtext("BP"))) for rung in element.iter("Allele")]
        if name == "AMEL":
            rungs = [({"1": "X", "2": "Y"}[rung], size) for rung, size in rungs]
        if kit_id == "globalfiler" and name in GLOBALFILER_SIZE:
            a, b = GLOBALFILER_SIZE[name]
            rungs = [(rung, round(a + b * repeats(rung, repeat), 2)) for rung, _ in rungs]
        if kit_id == "globalfiler" and name == "AMEL":
            rungs = [("X", 99.0), ("Y", 105.0)]
        shift = SHIFT.get(kit_id, {})
        rungs = [(rung, size + shift.get(name, shift.get("", 0.0))) for rung, size in rungs]
        loci.append(
            {"name": name, "dye": int(element.findtext("Channel")) - 1, "repeat": 0 if name in ("AMEL", "Yindel") else repeat,
             "rungs": sorted(rungs, key=lambda rung: rung[1])}
        )  # fmt: skip
    return dyes, loci


def profiler_plus(folder: Path) -> tuple[list[str], list[dict]]:
    known = {}
    for file in ("Cofiler_LadderInfo.xml", "Identifiler_LadderInfo.xml"):
        for locus in read_loci(folder / file, kit_id="")[1]:
            known.setdefault(locus["name"], locus)
    loci = []
    for name, dye, alleles in PROFILER_PLUS:
        sizes = dict(known[name]["rungs"])
        shift = SHIFT["profiler_plus"]
        rungs = [(allele, sizes[allele] + shift.get(name, shift[""])) for allele in alleles.split()]
        loci.append({**known[name], "dye": dye, "rungs": rungs})
    return list(PROFILER_DYES), loci


def ranges(loci: list[dict]) -> None:
    """Set the ranges: no further than 12 bp from the ladder and half-way to the neighbours' ladders."""
    for dye in {locus["dye"] for locus in loci}:
        row = sorted((locus for locus in loci if locus["dye"] == dye), key=lambda locus: locus["rungs"][0][1])
        for place, locus in enumerate(row):
            first, last = locus["rungs"][0][1], locus["rungs"][-1][1]
            low, high = first - MARGIN_BP, last + MARGIN_BP
            if place:
                low = max(low, (row[place - 1]["rungs"][-1][1] + first) / 2)
            if place + 1 < len(row):
                high = min(high, (row[place + 1]["rungs"][0][1] + last) / 2)
            locus["range"] = (round(low, 2), round(high, 2))


def stutter(locus: dict) -> tuple[float, float, str]:
    name, repeat = locus["name"], locus["repeat"]
    if repeat == 0:
        return 0.0, 0.0, ""
    if name not in BACK:
        return UNVERIFIED_BACK.get(name, UNVERIFIED_OTHER), 0.005, "  # [unverified]"
    middle = MIDDLE.get(name, locus["rungs"][len(locus["rungs"]) // 2][0])
    a, b = BACK[name]
    return round(a + b * repeats(middle, repeat), 3), round(FORWARD[name], 4), ""


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{int(value)}.0"


def write_kit(kit_id: str, folder: Path, out: Path) -> None:
    file, name, standards = KITS[kit_id]
    dyes, loci = profiler_plus(folder) if not file else read_loci(folder / file, kit_id=kit_id)
    ranges(loci)
    origin = "NCBI OSIRIS ladder definitions (public domain), ncbi/osiris 2ab5f25a, " + (
        file or "Cofiler_ and Identifiler_LadderInfo.xml"
    )
    shifted = "; lengths moved to the origins of the maker's panel"
    extra = {"globalfiler": "; nominal lengths by the size regression of simDNAmixtures (Kruijver & Bright)",
                          "profiler_plus": "; ladder alleles and origins by the maker's panel AmpFLSTR_Panels_v1"}  # fmt: skip
    lines = [f'id = "{kit_id}"', f'name = "{name}"', f"dyes = {list(dyes)!r}".replace("'", '"'),
             f'source = "{origin}{extra.get(kit_id, "") or shifted * (kit_id in SHIFT)}"',
             "# Stutter: typical ratio at the middle rung, regressions of GlobalFiler on a 3500 (simDNAmixtures, Kruijver & Bright)."]  # fmt: skip
    for standard in standards:
        used, ignored = STANDARDS[standard]
        lines += ["", "[[size_standards]]", f'name = "{standard}"', f"fragments_bp = {[float(x) for x in used]}",
                  f"ignored_bp = {[float(x) for x in ignored]}"]  # fmt: skip
    for locus in sorted(loci, key=lambda locus: (locus["dye"], locus["rungs"][0][1])):
        back, forward, mark = stutter(locus)
        lines += ["", "[[loci]]", f'name = "{locus["name"]}"', f"dye = {locus['dye']}",
                  f"range_bp = [{number(locus['range'][0])}, {number(locus['range'][1])}]", f"repeat_bp = {locus['repeat']}",
                  f"back_stutter = {back}{mark}", f"forward_stutter = {forward}{mark}", "ladder = ["]  # fmt: skip
        rungs = [f'["{rung}", {number(size)}]' for rung, size in locus["rungs"]]
        lines += ["    " + ", ".join(rungs[i : i + 6]) + "," for i in range(0, len(rungs), 6)] + ["]"]
    (out / f"{kit_id}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in KITS:
        write_kit(each, Path(sys.argv[1]), Path(sys.argv[2]))
