"""Names of criteria sets: found in any spelling, and refused where no such set was published."""

import pytest
from click.testing import CliRunner

from nktrial.cli.assess import assess
from nktrial.core.errors import MethodError
from nktrial.criteria import RULES
from nktrial.criteria.criteria_sets import SETS, criteria_set


@pytest.mark.parametrize(
    ("label", "diagnosis"),
    [
        ("IWG 2006 ALL", "ALL"),
        ("IWG2006-ALL", "ALL"),
        ("iwg 2006", "ALL"),
        ("IWG_2006", "all "),
        ("mds_iwg2006", "ALL"),
        ("ALL-IWG'06", "ALL"),
        ("International Working Group (2006)", "ALL"),
        ("IWG 2006 AML", "AML"),
        ("IWG 2006", "MPAL"),
        ("IWG 2006 ALL", "MDS"),
    ],
)
def test_iwg_2006_is_for_mds_alone(label: str, diagnosis: str) -> None:
    with pytest.raises(MethodError, match="is for MDS") as caught:
        criteria_set(label, diagnosis)
    assert caught.value.code == "NK-CRI-01"
    if diagnosis.strip().upper() == "ALL":
        assert "all_nccn" in caught.value.remedy
        assert "all_cibmtr" in caught.value.remedy
    assert "mds_iwg2006" in caught.value.remedy


@pytest.mark.parametrize(
    ("label", "diagnosis", "name"),
    [
        ("aml_eln2022", "AML", "aml_eln2022"),
        ("ELN 2022", "aml", "aml_eln2022"),
        ("IWG-2003", "AML", "aml_iwg2003"),
        ("IWG 2006", "MDS", "mds_iwg2006"),
        ("IWG 2006 MDS", "MDS", "mds_iwg2006"),
        ("NCCN", "ALL", "all_nccn"),
        ("ALL CIBMTR", "ALL", "all_cibmtr"),
        ("cytological", "MPAL", "cytological"),
    ],
)
def test_a_set_is_found_in_any_spelling(label: str, diagnosis: str, name: str) -> None:
    assert criteria_set(label, diagnosis).name == name


@pytest.mark.parametrize(
    ("label", "diagnosis"), [("aml_eln2022", "ALL"), ("ELN 2023", "AML"), ("", "ALL"), ("x", "CML")]
)
def test_what_does_not_exist_is_refused_with_what_does(label: str, diagnosis: str) -> None:
    with pytest.raises(MethodError, match=r"NK-CRI-04.*(all|aml)_"):
        criteria_set(label, diagnosis)


def test_every_set_has_rules() -> None:
    for one in SETS.values():
        rules = [rule for rule in (one.response, one.relapse) if rule]
        assert rules
        assert set(rules) <= set(RULES)


@pytest.mark.parametrize("name", ["IWG 2006 ALL", "iwg2006all", "ALL_IWG_2006", "alliwg2006"])
def test_assess_refuses_it_too(name: str) -> None:
    for arguments in ([name, "any.csv"], [name], [name, "--list"]):
        result = CliRunner().invoke(assess, arguments, standalone_mode=False)
        assert isinstance(result.exception, MethodError)
        assert result.exception.code == "NK-CRI-01"
        assert "IWG 2006 (Cheson 2006, Blood 108:419) is for MDS" in str(result.exception)
