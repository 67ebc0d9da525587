"""What every test may use: the real data's folder, a seeded generator, a limited process."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from nktrial.formats.abif_write import write_abif
from nktrial.formats.fcs_write import write_fcs
from nktrial.model.events import Channel
from nktrial.model.trace import Trace

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("NKTRIAL_DATA", ROOT.parent / "shared" / "data"))
RunLimited = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real instrument files, or skip with the one reason."""
    if not DATA.is_dir():
        pytest.skip("real data absent: set NKTRIAL_DATA to the folder that holds study-nk, cytometry, chimerism")
    return DATA


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a seeded generator."""
    return np.random.default_rng(20261123)


@pytest.fixture(scope="session")
def run_limited() -> RunLimited:
    """Return a function that runs ``nktrial ARGS`` in a process with limits on memory and time."""

    def run(
        *arguments: str | Path, memory_mb: int = 3000, seconds: float = 20.0, through: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        limited = f'ulimit -v {memory_mb * 1000}; exec "$@"'  # by a shell, as the tests may run in threads
        command = ["sh", "-c", limited, "sh", *through, sys.executable, "-m", "nktrial", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)

    return run


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """Return what makes a command obey permission bits: root does only once its capabilities are taken away.

    Empty where this user obeys them anyway, and where root has no setpriv.
    """
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return ()
    return ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


SMALL_STUDY = {
    "study.toml": """\
schema = "nktrial/1"

[study]
id = "SMALL"
title = "A small study that is whole"
day0 = "first_nk_infusion"

[endpoint.expansion]
day = 14
window = [-2, 2]
pick = "closest_then_earlier"
threshold_per_ul = 100.0
comparison = ">"
lymphocytes = "Lymphocytes"
nk_cells = "Lymphocytes/NK"
chimerism = ["CD56", "WB"]
missing = "not_evaluable"

[panels.nk]
gates = "gating/nk.xml"

[kits.powerplex16]
name = "PowerPlex 16"

[criteria]
ALL = "all_nccn"
""",
    "subjects.csv": """\
subject_id,sex,age_days_at_hsct,diagnosis,status_at_entry
S01,F,240,ALL,refractory
S02,M,310,AML,refractory
""",
    "donors.csv": """\
donor_id,subject_id,roles,relation,hla_match
S01-D1,S01,hsct+nk,matched_sibling,10/10
S02-D1,S02,hsct,matched_sibling,10/10
S02-D2,S02,nk,haploidentical_parent,5/10
""",
    "transplants.csv": """\
subject_id,day,donor_id,graft_source,conditioning
S01,-40,S01-D1,BM,MAC
S02,-35,S02-D1,BM,MAC
""",
    "infusions.csv": """\
infusion_id,subject_id,day,donor_id,nk_cells_per_kg,viability_pct,cd3_cells_per_kg
S01-I1,S01,0,S01-D1,12000000,94,4000
S02-I1,S02,0,S02-D2,10000000,92,5000
""",
    "samples.csv": """\
sample_id,subject_id,day,specimen,status
S01-D14,S01,14,PB,ok
S02-D13,S02,13,PB,ok
""",
    "files.csv": """\
path,sample_id,person_id,kind,role,panel,kit,fraction,run,sha256
raw/a.fcs,S01-D14,,fcs,sample,nk,,,,
raw/b.fcs,S02-D13,,fcs,sample,nk,,,,
raw/r.txt,,S01,peaks,recipient_reference,,powerplex16,,,
raw/s.txt,S01-D14,,peaks,sample,,powerplex16,WB,,
raw/t.fsa,S02-D13,,abif,sample,,powerplex16,CD56,run1,
""",
    "counts.csv": """\
sample_id,test,value,unit,qualifier
S01-D14,ALC,1.10,10^9/L,
S02-D13,WBC,2.5,10^9/L,
S02-D13,LYMPH_PCT,36,%,
""",
    "medications.csv": """\
subject_id,name,day_start,day_stop,route,systemic
S01,cyclophosphamide,-6,-5,IV,yes
""",
    "gating/nk.xml": """\
<?xml version="1.0" encoding="UTF-8"?>
<gating:Gating-ML xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
    xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">
  <gating:RectangleGate gating:id="Lymphocytes">
    <gating:dimension gating:compensation-ref="uncompensated" gating:min="10" gating:max="90">
      <data-type:fcs-dimension data-type:name="FSC-A"/>
    </gating:dimension>
  </gating:RectangleGate>
  <gating:RectangleGate gating:id="NK" gating:parent_id="Lymphocytes">
    <gating:dimension gating:compensation-ref="uncompensated" gating:min="50">
      <data-type:fcs-dimension data-type:name="CD56-A"/>
    </gating:dimension>
  </gating:RectangleGate>
</gating:Gating-ML>
""",
    "raw/r.txt": "Sample File Name\tMarker\tAllele\tSize\tHeight\nx\tTH01\t6\t162.0\t900\n",
    "raw/s.txt": "Sample File Name\tMarker\tAllele\tSize\tHeight\ny\tTH01\t7\t166.0\t700\n",
}


def small_fcs(*names: str, events: int = 3) -> bytes:
    """Return an FCS file of a few events, all values 20."""
    channels = [Channel(index, name, "", 32, 1024.0) for index, name in enumerate(names)]
    return write_fcs(np.full((events, len(names)), 20.0), channels)


def small_trace(dyes: int) -> bytes:
    """Return a flat lane."""
    names = ("6-FAM", "VIC", "NED", "PET", "LIZ")[:dyes]
    return write_abif(Trace(np.full((500, dyes), 5, np.int32), names, "x", "GS500 LIZ", np.zeros(0, np.int64), {}))


def write_small_study(folder: Path) -> Path:
    """Write a small study folder without any issue; its raw files are whole and hold next to nothing."""
    raw = {
        "raw/a.fcs": small_fcs("FSC-A", "CD56-A"),
        "raw/b.fcs": small_fcs("FSC-A", "CD56-A", events=4),
        "raw/t.fsa": small_trace(4),
    }
    for name, content in ({name: text.encode() for name, text in SMALL_STUDY.items()} | raw).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def small_study(tmp_path: Path) -> Path:
    """Return a small study folder without any issue."""
    return write_small_study(tmp_path / "study")


@pytest.fixture(scope="session")
def make_small_study() -> Callable[[Path], Path]:
    """Return what writes a small study folder, for tests that need many at once."""
    return write_small_study
