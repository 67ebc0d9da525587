"""Published rules about one assessment: one definition a file, each with its source, its version and a plain twin."""

from types import MappingProxyType
from typing import Final

from nktrial.criteria import (
    all_marrow_class,
    astct_crs,
    astct_icans,
    cgvhd_nih2014,
    ctcae_v5_fever,
    ctcae_v5_infusion_reaction,
    ctcae_v5_lab,
    ctcae_v6_lab,
    dlt,
    magic_organ_stage,
    magic_overall_grade,
)
from nktrial.model.rule import Rule

__all__ = ["RULES"]

# One line a rule, by name.
RULES: Final[MappingProxyType[str, Rule]] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            all_marrow_class.RULE,
            astct_crs.RULE,
            astct_icans.RULE,
            cgvhd_nih2014.RULE,
            ctcae_v5_fever.RULE,
            ctcae_v5_infusion_reaction.RULE,
            ctcae_v5_lab.RULE,
            ctcae_v6_lab.RULE,
            dlt.RULE,
            magic_organ_stage.RULE,
            magic_overall_grade.RULE,
        )
    }
)
