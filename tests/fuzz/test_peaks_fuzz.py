"""Whatever bytes are given as a peak or genotype table, only SourceError escapes."""

from collections.abc import Callable

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.genotypes import read_contributors, read_genotypes
from nktrial.formats.peaks import read_peaks
from nktrial.formats.window import Window

GENEMARKER = b"Sample File\tDye\tMarker\tAllele\tSize\tHeight\tArea\tDifference\tQuality\tScore\tAllele Comments\t\n"
HEADER = b"Dye/Sample Peak\tSample File Name\tMarker\tAllele\tSize\tHeight\tArea\tData Point\t\n"
SEEDS = (
    GENEMARKER
    + b"a.fsa\tBlue\tTH01\t9.3\t174.1\t998\t6210\t0.1\tPass\t30.0\t\t\na.fsa\tBlue\t\t\t180.1\t60\t300\t\t\t\t\t\n",
    HEADER + b'"B,1"\tx\tTH01\t6\t162.0\t104\t606\t179\t\n',
    b"sample,marker,allele,size_bp,height_rfu\nS,TH01,9.3,174.1,998\nS,FGA,21,341.5,996\n",
    b"Sample\tMarker\tAllele 1\tAllele 2\tHeight 1\tHeight 2\r\nS\tTH01\t6\t9.3\t10\t20\r\n",
    b"person,marker,allele1,allele2\nD,TH01,6,9.3\nR,TH01,7,7\n",
    b"sample,contributors\nS1,44;45\nS2,R;D1;D2\n",
)
ALPHABET = b'\0\t\n\r ",;.-+eE0159naOLX\xff\xef\xbb\xbf='


def mutant(rng: np.random.Generator) -> bytes:
    data = bytearray(SEEDS[int(rng.integers(len(SEEDS)))])
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(data) + 1))
        kind = int(rng.integers(4))
        if kind == 0:
            data[at:at] = bytes([ALPHABET[int(rng.integers(len(ALPHABET)))]])
        elif kind == 1:
            del data[at : at + int(rng.integers(1, 20))]
        elif kind == 2 and at < len(data):
            data[at] = int(rng.integers(256))
        else:
            start = int(rng.integers(len(data) + 1))
            data[at:at] = data[start : start + 30]
    return bytes(data)


def test_only_source_errors_escape(rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    refused, made = 0, mutants(3000)
    for _ in range(made):
        data = mutant(rng)
        for read in (read_peaks, read_genotypes, read_contributors):
            try:
                read(Window(data, "mutant"))
            except SourceError as error:
                refused += error.code.startswith("NK-PKS-")
    assert refused > made / 2
