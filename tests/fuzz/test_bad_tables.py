"""Mutated study folders: read_study returns issues or a study, in bounded time; nothing else escapes."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nktrial.core.errors import NkTrialError
from nktrial.formats.issues import IssueLog
from nktrial.formats.plan import read_plan
from nktrial.formats.row_tables import checked_table
from nktrial.formats.rows import TABLES
from nktrial.formats.study import read_study

SHARE = 2000
TOKENS = (
    *(b'"', b",", b"\n", b"\r", b"\0", b";", b"\xff", b"\xef\xbb\xbf", b"=1+1", b"'", b"\xe2\x80\x8b", b"\xc2\xa0"),
    *(b"1e999", b"-", b"nan", b"2026-02-31", b"45345", b"../", b"[", b"]", b"{", b'"""', b"\xd0\x90", b"x" * 300),
    *(b"\\", b"#", b"=", b"."),
)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Return the bytes with one to five changes."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(0, len(out) + 1))
        match int(rng.integers(0, 5)):
            case 0:
                out[place : place + int(rng.integers(1, 20))] = b""
            case 1:
                out[place:place] = TOKENS[int(rng.integers(0, len(TOKENS)))]
            case 2 if place < len(out):
                out[place] = int(rng.integers(0, 256))
            case 3:
                out[place:place] = out[: int(rng.integers(0, 60))]
            case _:
                del out[place:]
    return bytes(out)


def test_mutated_tables(small_study: Path, rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    made = mutants(SHARE)
    seeds = [(spec, (small_study / spec.file).read_bytes()) for spec in TABLES if (small_study / spec.file).exists()]
    accepted = 0
    start = time.perf_counter()
    for number in range(made):
        spec, seed = seeds[number % len(seeds)]
        log = IssueLog()
        table = checked_table(mutated(seed, rng), spec, log)
        issues = log.sorted_issues()
        accepted += table.complete
        assert table.complete or any(issue.severity == "error" for issue in issues)
        assert all(issue.value.isprintable() and issue.message and issue.hint for issue in issues)
    assert 0 < accepted < made
    assert time.perf_counter() - start < 20.0 * max(made / SHARE, 1.0)


def test_mutated_plans(small_study: Path, rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    made = mutants(SHARE)
    seed = (small_study / "study.toml").read_bytes()
    accepted = 0
    for _ in range(made):
        log = IssueLog()
        plan = read_plan(mutated(seed, rng), log)
        accepted += plan is not None
        assert (plan is None) == log.has_errors
    assert 0 < accepted < made


def test_mutated_folders(small_study: Path, rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    names = [path for path in sorted(small_study.rglob("*")) if path.is_file() and path.parent.name != "raw"]
    whole = {path: path.read_bytes() for path in names}
    for _ in range(mutants(300)):
        victim = names[int(rng.integers(0, len(names)))]
        victim.write_bytes(mutated(whole[victim], rng))
        try:
            reading = read_study(small_study)
        except NkTrialError as error:
            raise AssertionError(victim.name) from error
        errors = [issue for issue in reading.issues if issue.severity == "error"]
        assert (reading.study is None) == bool(errors)
        victim.write_bytes(whole[victim])


CLINICAL = {
    "counts.csv": "sample_id,test,value,unit,qualifier,lln,uln\nS01-D14,ALC,1.10,10^9/L,,4,10\n"
    "S01-D14,ANC,0.4,10^9/L,,1.5,8.5\nS01-D14,ALT,190,U/L,,5,45\nS01-D14,HGB,9.1,g/dL,,10.5,\nS01-D14,BILI,9,umol/L,,2,21\n",
    "adverse_events.csv": "subject_id,term,grade,day_onset,day_resolved,day_of_grade,outcome,hospitalised\n"
    "S01,Neutrophil count decreased,4,10,30,14,recovered,no\nS01,Alanine aminotransferase increased,2,14,,,,\n"
    "S02,Sepsis,5,50,60,60,fatal,yes\nS01,Anemia,2,14,,14,recovered,no\n",
    "assessments.csv": "subject_id,day,kind,blast_pct,emd,pb_blasts,cns,mrd_method,mrd_value,mrd_unit,mrd_events,"
    "mrd_denominator,investigator_response\nS01,28,BM,2,no,no,CNS1,,,,,,CR\nS01,28,MRD,,,,,MFC,0,%,0,600000,\nS02,50,BM,40,no,yes,,,,,,,\n",
    "gvhd.csv": "subject_id,day,type,skin_stage,nih_severity,nih_skin,confidence\nS01,28,acute,1,,,probable\n"
    "S01,120,chronic,,mild,1,\n",
    "followup.csv": "subject_id,day_last_contact,alive,day_death,day_relapse,second_transplant\nS01,160,yes,,,no\n"
    "S02,60,no,60,50,no\n",
}
ENDPOINTS = """AML = "aml_eln2022"
[endpoint.safety]
window_days = 28
[endpoint.safety.dlt]
window_days = 28
clauses = [{ class = "any", min_grade = 4, related = ["possible", "definite"] }, { term = "CRS", min_grade = 3 }]
[endpoint.response]
landmark_day = 28
confirmation = "none"
[endpoint.times]
names = ["OS", "GRFS"]
"""


def test_mutated_clinical_tables(small_study: Path, rng: np.random.Generator, mutants: Callable[[int], int]) -> None:
    for name, text in CLINICAL.items():
        (small_study / name).write_text(text)
    plan = small_study / "study.toml"
    plan.write_text(plan.read_text() + ENDPOINTS)
    assert read_study(small_study).issues == ()
    changed = [small_study / name for name in (*CLINICAL, "study.toml")]
    whole = {path: path.read_bytes() for path in changed}
    accepted, made = 0, mutants(600)
    for number in range(made):
        path = changed[number % len(changed)]
        path.write_bytes(mutated(whole[path], rng))
        start = time.perf_counter()
        reading = read_study(small_study)
        assert time.perf_counter() - start < 2.0
        assert (reading.study is None) == any(issue.severity == "error" for issue in reading.issues)
        accepted += reading.study is not None
        path.write_bytes(whole[path])
    assert 0 < accepted < made
