"""Response criteria against plain twins, and what must hold of any patient: worse findings never improve a level."""

from collections.abc import Sequence
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from nktrial.criteria import RULES
from nktrial.criteria.all_pdl_relapse import pdl_marrow_relapse
from nktrial.criteria.evidence import Evaluable, all_of, any_of, inverse
from nktrial.model.rule import Value

Cells = dict[str, Value]

FLAGS = st.booleans()
TENTHS = st.integers(0, 1000).map(lambda tenths: tenths / 10)
ELN_CELLS = st.fixed_dictionaries(
    {
        "bm_blasts_pct": st.one_of(st.integers(0, 60).map(lambda tenths: tenths / 10), TENTHS),
        "bm_adequate": st.just(True),  # noqa: FBT003
        "pb_blasts": FLAGS,
        "extramedullary": FLAGS,
        "anc_e9_per_l": st.integers(0, 20).map(lambda tenths: tenths / 10),
        "plt_e9_per_l": st.integers(0, 20).map(lambda tens: tens * 10.0),
        "baseline_bm_blasts_pct": TENTHS,
        "mrd_result": st.sampled_from(["negative", "positive", None]),
        "landmark_reached": FLAGS,
    }
)
IWG_CELLS = st.fixed_dictionaries(
    {
        "bm_blasts_pct": st.one_of(st.integers(0, 60).map(lambda tenths: tenths / 10), TENTHS),
        "bm_spicules": st.just(True),  # noqa: FBT003
        "bm_nucleated_cells": st.just(300.0),
        "auer_rods": FLAGS,
        "extramedullary": FLAGS,
        "anc_per_ul": st.integers(0, 20).map(lambda hundreds: hundreds * 100.0),
        "plt_per_ul": st.integers(0, 20).map(lambda tens: tens * 10_000.0),
        "transfusion_dependent": FLAGS,
        "baseline_bm_blasts_pct": TENTHS,
    }
)
NCCN_CELLS = st.fixed_dictionaries(
    {
        "bm_blasts_pct": st.integers(0, 100).map(lambda tenths: tenths / 10),
        "circulating_blasts": FLAGS,
        "extramedullary": FLAGS,
        "trilineage_hematopoiesis": FLAGS,
        "anc_per_ul": st.integers(0, 20).map(lambda hundreds: hundreds * 100.0),
        "plt_per_ul": st.integers(0, 20).map(lambda tens: tens * 10_000.0),
        "weeks_without_recurrence": st.integers(0, 10).map(float),
    }
)
MDS_CELLS = st.fixed_dictionaries(
    {
        "baseline_bm_blasts_pct": st.integers(0, 300).map(lambda tenths: tenths / 10),
        "bm_blasts_pct": st.integers(0, 600).map(lambda tenths: tenths / 10),
        "pb_blasts_pct": st.sampled_from([0.0, 1.0]),
        "hgb_g_dl": st.integers(70, 140).map(lambda tenths: tenths / 10),
        "plt_e9_per_l": st.integers(0, 20).map(lambda tens: tens * 10.0),
        "anc_e9_per_l": st.integers(0, 20).map(lambda tenths: tenths / 10),
        "response_duration_weeks": st.integers(0, 12).map(float),
    }
)
# Rule, its result, levels from best to worst.
ORDERED: Sequence[tuple[str, str, st.SearchStrategy[Any], Sequence[str]]] = (
    (
        "aml_eln2022_response",
        "response",
        ELN_CELLS,
        ("CR_MRDneg", "CR", "CRh_MRDneg", "CRh", "CRi_MRDneg", "CRi", "MLFS", "PR", "NR", "REFRACTORY"),
    ),
    ("aml_iwg2003_response", "response", IWG_CELLS, ("CR", "CRi", "MLFS", "PR", "NR")),
    ("all_response_nccn", "result", NCCN_CELLS, ("CR", "CRi", "NOT_CR")),
)
WORSE = {
    "pb_blasts": True,
    "extramedullary": True,
    "circulating_blasts": True,
    "transfusion_dependent": True,
    "trilineage_hematopoiesis": False,
    "anc_per_ul": 0.0,
    "anc_e9_per_l": 0.0,
    "plt_per_ul": 0.0,
    "plt_e9_per_l": 0.0,
    "bm_blasts_pct": 100.0,
}


def level_of(rule: str, result: str, cells: Cells) -> str:
    return str(RULES[rule].assess(cells).values[result])


@given(st.data())
def test_a_worse_finding_never_improves_the_level(data: st.DataObject) -> None:
    rule, result, strategy, levels = data.draw(st.sampled_from(ORDERED))
    cells = data.draw(strategy)
    worse = data.draw(st.sampled_from([name for name in WORSE if name in cells]))
    before, after = level_of(rule, result, cells), level_of(rule, result, {**cells, worse: WORSE[worse]})
    assert levels.index(after) >= levels.index(before)


@given(st.data())
def test_a_missing_finding_never_changes_a_level_into_another(data: st.DataObject) -> None:
    rule, result, strategy, levels = data.draw(st.sampled_from(ORDERED))
    cells = data.draw(strategy)
    absent = data.draw(st.sampled_from([name for name in cells if name != "mrd_result"]))
    whole, without = level_of(rule, result, cells), level_of(rule, result, {**cells, absent: None})
    assert without in {whole, "NE"}
    assert whole in levels


@given(st.data())
def test_the_order_of_columns_does_not_matter(data: st.DataObject) -> None:
    rule, result, strategy, _ = data.draw(st.sampled_from(ORDERED))
    cells = data.draw(strategy)
    turned = dict(data.draw(st.permutations(list(cells.items()))))
    assert level_of(rule, result, turned) == level_of(rule, result, cells)


@given(
    st.integers(0, 9), FLAGS, FLAGS, st.integers(0, 19), st.integers(0, 19), st.sampled_from(["negative", "positive"])
)
def test_eln_2022_remissions_by_counting(
    blasts: int, in_blood: object, elsewhere: object, anc: int, platelets: int, mrd: str
) -> None:
    cells: Cells = {
        "bm_blasts_pct": float(blasts),
        "bm_adequate": True,
        "pb_blasts": bool(in_blood),
        "extramedullary": bool(elsewhere),
        "anc_e9_per_l": anc / 10,
        "plt_e9_per_l": platelets * 10.0,
        "baseline_bm_blasts_pct": 1.0,
        "mrd_result": mrd,
        "landmark_reached": False,
    }
    if blasts >= 5 or in_blood or elsewhere:
        expected = "NR"
    elif anc >= 10 and platelets >= 10:
        expected = "CR"
    elif anc >= 5 and platelets >= 5:
        expected = "CRh"
    elif anc >= 10 or platelets >= 10:
        expected = "CRi"
    else:
        expected = "MLFS"
    if mrd == "negative" and expected.startswith("CR"):
        expected += "_MRDneg"
    assert level_of("aml_eln2022_response", "response", cells) == expected


@given(IWG_CELLS)
def test_iwg_2003_in_plain_words(cells: Cells) -> None:
    blasts, before = float(str(cells["bm_blasts_pct"])), float(str(cells["baseline_bm_blasts_pct"]))
    enough_neutrophils = float(str(cells["anc_per_ul"])) > 1000
    enough_platelets = float(str(cells["plt_per_ul"])) >= 100_000
    alone = not cells["transfusion_dependent"]
    halved = round(20 * blasts) <= round(10 * before)
    if blasts < 5 and not cells["auer_rods"] and not cells["extramedullary"]:
        if alone and enough_neutrophils and enough_platelets:
            expected = "CR"
        elif alone and (enough_neutrophils or enough_platelets):
            expected = "CRi"
        else:
            expected = "MLFS"
    else:
        few = blasts <= 5 and bool(cells["auer_rods"])
        blood = alone and enough_neutrophils and enough_platelets
        partial = (5 <= blasts <= 25 or few) and halved and blood and not cells["extramedullary"]
        expected = "PR" if partial else "NR"
    assert level_of("aml_iwg2003_response", "response", cells) == expected


@given(MDS_CELLS)
def test_iwg_2006_in_plain_words(cells: Cells) -> None:
    before, now = (
        round(10 * float(str(cells["baseline_bm_blasts_pct"]))),
        round(10 * float(str(cells["bm_blasts_pct"]))),
    )
    assume(before not in {100, 200})  # on the border of two bands
    weeks = float(str(cells["response_duration_weeks"]))
    blood = (
        cells["pb_blasts_pct"] == 0.0
        and float(str(cells["hgb_g_dl"])) >= 11
        and float(str(cells["plt_e9_per_l"])) >= 100
        and float(str(cells["anc_e9_per_l"])) >= 1
    )
    best = ""
    if now <= 50 and blood:
        best = "CR"
    elif now > 50 and 2 * now <= before and blood:
        best = "PR"
    elif now <= 50 and 2 * now <= before:
        best = "mCR"
    limit = 50 if before < 50 else 100 if before < 100 else 200 if before < 200 else 300
    if best:
        expected = best if weeks >= 4 else "NE"
    elif 2 * now >= 3 * before and now > limit:
        expected = "PD"
    else:
        expected = "SD" if weeks > 8 else "NE"
    assert level_of("mds_iwg2006_response", "result", cells) == expected


@given(st.sampled_from(["P", "N"]), st.integers(0, 150), st.integers(0, 300), st.integers(4, 12))
def test_improvement_in_plain_words_and_in_either_unit(lineage: str, before: int, now: int, weeks: int) -> None:
    assume(before != 20)
    # Platelets in 10^9/L; neutrophils in 10^7/L, so that both are whole.
    if lineage == "P":
        improved = before < 100 and (now - before >= 30 if before > 20 else now > 20 and now >= 2 * before)
    else:
        improved = before < 100 and now >= 2 * before and now - before > 50
    expected = "Y" if improved and weeks >= 8 else "N"
    scale = 1.0 if lineage == "P" else 0.01
    for unit, factor in (("e9/L", 1.0), ("/uL", 1000.0)):
        cells: Cells = {
            "lineage": lineage,
            "baseline": before * scale * factor,
            "on_treatment": now * scale * factor,
            "unit": unit,
            "duration_weeks": float(weeks),
        }
        assert level_of("mds_iwg2006_hi", "hi", cells) == expected


@given(st.integers(0, 400), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3)))
def test_ponte_di_legno_as_its_table(tenths: int, others: int, second: int | None) -> None:
    second_confirms = second is not None and second >= 2
    if tenths >= 250:
        expected = "RELAPSE"
    elif tenths >= 50:
        expected = "RELAPSE" if others >= 1 or second_confirms else "NOT_CONFIRMED"
    elif tenths >= 10:
        expected = "RELAPSE" if others >= 2 or second_confirms else "NOT_CONFIRMED"
    else:
        expected = "NOT_RELAPSE"
    verdict = pdl_marrow_relapse(prior_cr=True, bm1_mrd_pct=tenths / 10, bm1_other_tests=others, bm2_tests=second)
    assert isinstance(verdict, Evaluable)
    assert verdict.level == expected


@given(FLAGS, st.integers(0, 20), st.integers(0, 30), FLAGS, st.integers(1, 100))
def test_cns_status_in_plain_words(blasts: object, wbc: int, rbc: int, signs: object, blood_wbc: int) -> None:
    cells: Cells = {
        "csf_blasts": bool(blasts),
        "csf_wbc_per_ul": float(wbc),
        "csf_rbc_per_ul": float(rbc),
        "clinical_signs": bool(signs),
        "blood_wbc_per_ul": float(blood_wbc),
        "blood_rbc_per_ul": 100.0,
    }
    traumatic = rbc >= 10
    if blasts and wbc >= 5 and (not traumatic or 100 * wbc > 2 * blood_wbc * rbc):
        expected = "CNS3b" if traumatic else "CNS3a"
    elif signs:
        expected = "CNS3c"
    elif not blasts:
        expected = "CNS1"
    elif wbc < 5:
        expected = "CNS2b" if traumatic else "CNS2a"
    else:
        expected = "CNS2c"
    assert level_of("cns_status", "cns_status", cells) == expected


KNOWN = st.sampled_from([True, False, None])


@given(st.lists(KNOWN, min_size=1, max_size=5))
def test_what_is_known_holds_however_the_unknown_turns_out(flags: list[bool | None]) -> None:
    turned = [[flag if flag is not None else end for flag in flags] for end in (True, False)]
    if (every := all_of(*flags)) is not None:
        assert all(all(known) == every for known in turned)
    assert any_of(*flags) is inverse(all_of(*(inverse(flag) for flag in flags)))
