"""Intervals of single loci against the nominal shares of laboratory mixtures (PROVEDIt)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from nktrial.chimerism.locus_share import with_locus_shares
from nktrial.chimerism.mixture import fit_mixture
from nktrial.formats.genotypes import read_genotypes
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window, open_source


def window(path: Path) -> Window:
    return open_source(path, name=path.name, kind="table")[1]


@pytest.mark.parametrize(("persons", "least"), [(2, 0.93), (3, 0.88)])
def test_a_used_locus_mostly_holds_the_nominal_share(data_dir: Path, persons: int, least: float) -> None:
    # the nominal ratios are themselves off by 5 to 15 % a person, so that less than 95 % is to be expected
    folder = data_dir / "chimerism" / "provedit-identifilerplus-mixtures"
    profiles = {profile.sample: profile for profile in read_peaks(window(folder / "peaks.csv"))}
    genotypes = {genotype.person: genotype for genotype in read_genotypes(window(folder / "genotypes.csv"))}
    held = []
    for row in csv.DictReader((folder / "samples.csv").read_text().splitlines()):
        names = row["contributors"].split(";")
        if len(names) != persons:
            continue
        nominal = dict(zip(names, map(float, row["nominal_fraction"].split(";")), strict=True))
        profile, known = profiles[row["sample"]], [genotypes[name] for name in names]
        fit = with_locus_shares(fit_mixture(profile, known), profile, known)
        held += [
            item.low <= nominal[item.person] <= item.high
            for locus in fit.loci
            for item in locus.shares
            if item.state == "used" and item.low is not None and item.high is not None
        ]
    assert len(held) > 200
    assert np.mean(held) >= least
