"""Published rules about one assessment: one definition a file, each with its source, its version and a plain twin."""

from types import MappingProxyType
from typing import Final

from nktrial.criteria import (
    all_cibmtr_response,
    all_marrow_class,
    all_pdl_relapse,
    all_response_nccn,
    aml_eln2022_relapse,
    aml_eln2022_response,
    aml_iwg2003_relapse_failure,
    aml_iwg2003_response,
    astct_crs,
    astct_icans,
    cgvhd_nih2014,
    chimerism_class,
    cns_status,
    ctcae_v5_fever,
    ctcae_v5_infusion_reaction,
    ctcae_v5_lab,
    ctcae_v6_lab,
    cytological_remission,
    dlt,
    engraftment,
    lymphocyte_reference_range,
    magic_organ_stage,
    magic_overall_grade,
    mdd,
    mds_iwg2006_hi,
    mds_iwg2006_response,
    mrd_flow,
    mrd_molecular,
    primary_graft_failure,
    secondary_graft_failure,
)
from nktrial.model.rule import Rule

__all__ = ["RULES"]

# One line a rule, by name.
RULES: Final[MappingProxyType[str, Rule]] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            all_cibmtr_response.RULE,
            all_marrow_class.RULE,
            all_pdl_relapse.RULE,
            all_response_nccn.RULE,
            aml_eln2022_relapse.RULE,
            aml_eln2022_response.RULE,
            aml_iwg2003_relapse_failure.RULE,
            aml_iwg2003_response.RULE,
            astct_crs.RULE,
            astct_icans.RULE,
            cgvhd_nih2014.RULE,
            chimerism_class.RULE,
            cns_status.RULE,
            ctcae_v5_fever.RULE,
            ctcae_v5_infusion_reaction.RULE,
            ctcae_v5_lab.RULE,
            ctcae_v6_lab.RULE,
            cytological_remission.RULE,
            dlt.RULE,
            engraftment.RULE,
            lymphocyte_reference_range.RULE,
            magic_organ_stage.RULE,
            magic_overall_grade.RULE,
            mdd.RULE,
            mds_iwg2006_hi.RULE,
            mds_iwg2006_response.RULE,
            mrd_flow.RULE,
            mrd_molecular.RULE,
            primary_graft_failure.RULE,
            secondary_graft_failure.RULE,
        )
    }
)
