"""Published rules about one assessment: one definition a file, each with its source, its version and a plain twin."""

from types import MappingProxyType
from typing import Final

from nktrial.criteria import all_marrow_class
from nktrial.model.rule import Rule

__all__ = ["RULES"]

# One line a rule, by name.
RULES: Final[MappingProxyType[str, Rule]] = MappingProxyType({rule.name: rule for rule in (all_marrow_class.RULE,)})
