"""CRS, ICANS, GVHD and dose-limiting toxicity against plain twins; what is missing is never guessed."""

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from nktrial.criteria.astct_crs import crs_grade
from nktrial.criteria.astct_icans import icans_grade
from nktrial.criteria.cgvhd_nih2014 import SITES, global_severity
from nktrial.criteria.dlt import DltEvent, dose_limiting
from nktrial.criteria.grade import Domain, Graded, NotGraded, worst_of
from nktrial.criteria.magic_organ_stage import stool_stage
from nktrial.criteria.magic_overall_grade import overall_grade

domains = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda pair: Domain(min(pair), max(pair), "c", "m")), min_size=1
)


@given(domains)
def test_the_worst_is_told_only_where_every_possible_world_agrees(found: list[Domain]) -> None:
    worlds = {max(world) for world in product(*(range(domain.lowest, domain.highest + 1) for domain in found[:5]))}
    answer = worst_of(found[:5])
    assert isinstance(answer, Graded) == (len(worlds) == 1)
    if isinstance(answer, Graded):
        assert {answer.grade} == worlds
    other = worst_of(found[4::-1])
    assert isinstance(other, Graded) == isinstance(answer, Graded)


@given(
    st.integers(360, 420),
    st.booleans(),
    st.sampled_from(["none", "one", "multiple"]),
    st.sampled_from(["none", "blow_by", "facemask", "cpap"]),
)
def test_crs_by_counting_supports(tenths_c: int, low_pressure: bool, pressors: str, oxygen: str) -> None:  # noqa: FBT001
    found = crs_grade(
        tenths_c / 10,
        fever_masked=False,
        hypotension=low_pressure,
        vasopressors=pressors,
        oxygen=oxygen,
        death=False,
    )
    wanted = 1
    if low_pressure or oxygen == "blow_by":
        wanted = 2
    if pressors == "one" or oxygen == "facemask":
        wanted = 3
    if pressors == "multiple" or oxygen == "cpap":
        wanted = 4
    assert isinstance(found, Graded)
    assert found.grade == (wanted if tenths_c >= 380 else 0)


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_lower_ice_score_is_never_milder(first: int, second: int) -> None:
    grades = []
    for ice in sorted((first, second)):
        found = icans_grade(
            age_years=30.0,
            ice=str(ice),
            capd="",
            consciousness="awake",
            seizure="none",
            motor_weakness=False,
            oedema="none",
            death=False,
        )
        assert isinstance(found, Graded)
        grades.append(int(found.grade))
        assert grades[-1] == (3 if ice <= 2 else 2 if ice <= 6 else 1)
    assert grades[0] >= grades[1]


def test_overall_grade_of_every_combination() -> None:
    for skin, liver, upper, lower in product(range(5), range(5), range(2), range(5)):
        if 4 in (skin, liver, lower):
            wanted = "IV"
        elif liver in (2, 3) or lower in (2, 3):
            wanted = "III"
        elif skin == 3 or 1 in (liver, upper, lower):
            wanted = "II"
        else:
            wanted = "I" if skin else "0"
        found = overall_grade(skin=skin, liver=liver, upper_gi=upper, lower_gi=lower)
        assert isinstance(found, Graded)
        assert found.grade == wanted


@given(st.integers(0, 3000), st.integers(3, 90))
def test_stool_of_a_child_in_whole_numbers(volume_ml: int, weight_kg: int) -> None:
    if weight_kg > 50:
        wanted = 3 if volume_ml > 1500 else 2 if volume_ml >= 1000 else 1 if volume_ml >= 500 else 0
    else:
        wanted = sum((volume_ml >= 10 * weight_kg, volume_ml >= 20 * weight_kg, volume_ml > 30 * weight_kg))
    found = stool_stage(volume_ml=float(volume_ml), child=True, weight_kg=float(weight_kg))
    assert isinstance(found, Graded)
    assert found.grade == wanted


scores = st.fixed_dictionaries({site: st.integers(0, 3) for site in SITES})
LEVELS = ("none", "mild", "moderate", "severe")


@given(scores)
def test_chronic_gvhd_by_counting_sites(given_scores: dict[str, int]) -> None:
    values = list(given_scores.values())
    if values.count(3) or given_scores["lungs"] == 2:
        wanted = "severe"
    elif values.count(2) or given_scores["lungs"] or sum(value == 1 for value in values) > 2:
        wanted = "moderate"
    else:
        wanted = "mild" if any(values) else "none"
    found = global_severity(given_scores)
    assert isinstance(found, Graded)
    assert found.grade == wanted


@given(scores, st.sampled_from(SITES))
def test_a_site_not_scored_is_told_only_where_no_score_could_change_the_answer(
    given_scores: dict[str, int], site: str
) -> None:
    worlds = set()
    for score in range(4):
        found = global_severity(given_scores | {site: score})
        assert isinstance(found, Graded)
        worlds.add(found.grade)
    answer = global_severity({**given_scores, site: None})
    assert isinstance(answer, Graded) == (len(worlds) == 1)


@given(st.integers(-10, 80), st.permutations([0, 14, 30]), st.integers(0, 5), st.booleans())
def test_dose_limiting_by_days(day: int, infusions: list[int], grade: int, related: bool) -> None:  # noqa: FBT001
    event = DltEvent("Liver failure", "non_haematological", grade, day, related, "nk_cells", 1.0, "CTCAE v5.0")
    inside = day in {infusion + later for infusion in infusions for later in range(29)}
    wanted = inside and (grade == 5 or (grade == 4 and related))
    assert dose_limiting(event, tuple(infusions)) == dose_limiting(event, tuple(sorted(infusions)))
    found = dose_limiting(event, tuple(infusions))
    assert isinstance(found, Graded)
    assert found.grade == ("Y" if wanted else "N")
    assert isinstance(dose_limiting(replace(event, grade=None), tuple(infusions)), NotGraded) == inside
