"""Remission by CIBMTR, cytological remission and relapse of AML against their plain twins."""

from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria import RULES
from nktrial.model.rule import Value

Cells = dict[str, Value]

FLAGS = st.booleans()
COUNTS = st.fixed_dictionaries(
    {
        "extramedullary": FLAGS,
        "anc_per_ul": st.integers(5, 15).map(lambda hundreds: hundreds * 100.0),
        "plt_per_ul": st.integers(5, 15).map(lambda tens: tens * 10_000.0),
    }
)
MARROW = st.fixed_dictionaries(
    {
        "bm_blasts_pct": st.integers(30, 60).map(lambda tenths: tenths / 10),
        "normal_maturation": FLAGS,
        "transfusion_dependent": FLAGS,
        "weeks_criteria_met": st.integers(2, 6).map(float),
        "setting": st.sampled_from(["before_transplant", "after_transplant"]),
    }
)
CHILD = st.fixed_dictionaries(
    {
        "donor_chimerism_pct": st.integers(930, 1000).map(lambda tenths: tenths / 10),
        "recipient_cells_detected": FLAGS,
        "weeks_without_transfusion": st.integers(2, 6).map(float),
        "child": FLAGS,
        "cr_before_transplant": FLAGS,
        "marrow_routine_after_transplant": FLAGS,
    }
)


def real(cells: Cells, name: str) -> float:
    return float(str(cells[name]))


def level_of(rule: str, cells: Cells, result: str = "result") -> object:
    return RULES[rule].assess(cells).values[result]


def blood_good(cells: Cells) -> bool:
    return not cells["extramedullary"] and real(cells, "anc_per_ul") >= 1000 and real(cells, "plt_per_ul") >= 100_000


@given(COUNTS, MARROW, CHILD)
def test_cibmtr_by_ticking_the_list(counts: Cells, marrow: Cells, child: Cells) -> None:
    ticked = (
        real(marrow, "bm_blasts_pct") < 5
        and bool(marrow["normal_maturation"])
        and not marrow["transfusion_dependent"]
        and blood_good(counts)
        and (marrow["setting"] == "before_transplant" or real(marrow, "weeks_criteria_met") >= 4)
    )
    # A marrow that was taken decides, whatever the chimerism.
    for cells in ({**counts, **marrow}, {**counts, **marrow, **child}):
        assert level_of("all_cibmtr_response", cells) == ("CR" if ticked else "NOT_CR")
        assert level_of("all_cibmtr_response", cells, "basis") == "marrow"


@given(COUNTS, CHILD)
def test_cibmtr_of_a_child_by_ticking_the_other_list(counts: Cells, child: Cells) -> None:
    cells = {**counts, **child, "setting": "after_transplant"}
    ticked = (
        real(child, "donor_chimerism_pct") >= 95
        and not child["recipient_cells_detected"]
        and real(child, "weeks_without_transfusion") >= 4
        and blood_good(counts)
    )
    if child["child"] and child["cr_before_transplant"] and not child["marrow_routine_after_transplant"]:
        assert level_of("all_cibmtr_response", cells) == ("CR" if ticked else "NOT_CR")
        assert level_of("all_cibmtr_response", cells, "basis") == "donor_chimerism"
    else:
        assert level_of("all_cibmtr_response", cells) != "CR"


@given(COUNTS, CHILD, st.integers(0, 1000))
def test_more_donor_never_takes_a_remission_away(counts: Cells, child: Cells, tenths: int) -> None:
    cells = {**counts, **child, "setting": "after_transplant"}
    if level_of("all_cibmtr_response", cells) == "CR":
        more = max(tenths / 10, real(child, "donor_chimerism_pct"))
        assert level_of("all_cibmtr_response", {**cells, "donor_chimerism_pct": more}) == "CR"


@given(st.integers(0, 100), FLAGS, FLAGS, FLAGS)
def test_cytological_remission_by_counting(blasts_of_1000: int, rods: object, blood: object, elsewhere: object) -> None:
    cells: Cells = {
        "bm_blasts_pct": blasts_of_1000 / 10,
        "bm_adequate": True,
        "auer_rods": bool(rods),
        "pb_blasts": bool(blood),
        "extramedullary": bool(elsewhere),
    }
    expected = "Y" if blasts_of_1000 < 50 and not (rods or blood or elsewhere) else "N"
    assert level_of("cytological_remission", cells, "cytological_remission") == expected


@given(st.sampled_from(["CR", "CRi", "PR", "none"]), st.integers(0, 100), FLAGS, FLAGS)
def test_iwg_2003_relapse_by_asking_in_turn(prior: str, tenths: int, blood: object, elsewhere: object) -> None:
    cells: Cells = {
        "scenario": "relapse",
        "prior_response": prior,
        "bm_blasts_pct": tenths / 10,
        "pb_blasts_reappeared": bool(blood),
        "extramedullary_new": bool(elsewhere),
    }
    relapse = prior in {"CR", "CRi"} and (tenths >= 50 or blood or elsewhere)
    assert level_of("aml_iwg2003_relapse_failure", cells) == ("RELAPSE" if relapse else "NO_RELAPSE")


@given(st.integers(0, 14), FLAGS, FLAGS, FLAGS, FLAGS)
def test_iwg_2003_failure_by_counting_days(
    days: int, leukemia: object, died: object, aplastic: object, examined: object
) -> None:
    cells: Cells = {
        "scenario": "failure",
        "prior_response": "none",
        "days_survived_after_chemo": float(days),
        "persistent_leukemia_in_blood_or_marrow": bool(leukemia),
        "died": bool(died),
        "aplastic_marrow_within_7d_of_death": bool(aplastic and examined),
        "marrow_exam_done": bool(examined),
    }
    if days < 7:
        expected = "INDETERMINATE" if died else "NE"
    elif leukemia:
        expected = "RESISTANT_DISEASE"
    elif died:
        expected = "APLASIA" if aplastic and examined else "NE" if examined else "INDETERMINATE"
    else:
        expected = "NO_FAILURE" if examined else "NE"
    assert level_of("aml_iwg2003_relapse_failure", cells) == expected


@given(st.sampled_from(["CR", "CRh_MRDneg", "CRi", "MLFS"]), st.integers(0, 100), st.integers(0, 4), st.integers(0, 20))
def test_eln_2022_relapse_by_asking_in_turn(prior: str, tenths: int, samples: int, days: int) -> None:
    cells: Cells = {
        "prior_response": prior,
        "bm_blasts_pct": tenths / 10,
        "n_pb_samples_with_blasts": samples,
        "days_between_pb_samples": float(days),
        "extramedullary_new": False,
    }
    relapse = prior != "MLFS" and (tenths >= 50 or (samples >= 2 and days >= 7))
    assert level_of("aml_eln2022_relapse", cells) == ("RELAPSE" if relapse else "NO_RELAPSE")
