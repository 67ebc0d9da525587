"""Whatever bytes are given as counts or partitions, only SourceError escapes."""

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.dpcr_partitions import read_partitions
from nktrial.formats.ngs_counts import read_marker_counts
from nktrial.formats.window import Window

SEEDS = (
    b"#SNPID\tTOT_HITS\tREF_HITS\tALT_HITS\tUNK_HITS\tCONFL_HITS\r\nM1\t463\t461\t2\t0\t0\r\nM2\t379\t176\t200\t0\t3\r\n",
    b"snp,ref,alt\nM1,10,20\nM2,0,15\n",
    b"sample,person,positives,total,copies\nS1,R,20,18000,1\nS1,all,9000,18000,\n",
)
ALPHABET = b'\0\t\n\r ",;.-+eE0159naNM\xff\xef\xbb\xbf='


def mutant(rng: np.random.Generator) -> bytes:
    data = bytearray(SEEDS[int(rng.integers(len(SEEDS)))])
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(data) + 1))
        match int(rng.integers(3)):
            case 0:
                data[at:at] = bytes([ALPHABET[int(rng.integers(len(ALPHABET)))]])
            case 1:
                del data[at : at + int(rng.integers(1, 20))]
            case _:
                data[at:at] = data[: int(rng.integers(0, 40))]
    return bytes(data)


def test_only_source_errors_escape_from_2000_mutants(rng: np.random.Generator) -> None:
    refused = accepted = 0
    for _ in range(2000):
        window = Window(mutant(rng), "mutant")
        try:
            counts = read_marker_counts(window, sample="S")
            accepted += 1
            assert all(item.ref >= 0 <= item.alt for item in counts.reads.values())
        except SourceError as error:
            refused += error.code.startswith(("NK-PKS-", "NK-NGS-"))
        try:
            read_partitions(window)
        except SourceError as error:
            refused += error.code.startswith(("NK-PKS-", "NK-DPC-"))
    assert refused > 1500
    assert accepted > 40
