"""The step that looks at a file's gate of activated Treg."""

from nktrial.core.digest import Json
from nktrial.cytometry.treg_gate import METHOD, PHENOTYPE, treg_markers
from nktrial.model.origin import Finding
from nktrial.model.plan import TregRule
from nktrial.pipeline.flow import FlowFile, GateFiles, gated_again
from nktrial.pipeline.ledger import Measured, Step

__all__ = ["treg_gate_step"]


def treg_gate_step(file: FlowFile, rule: TregRule) -> Step:
    """Return the step."""
    parameters: dict[str, Json] = {"activated": rule.activated, "lymphocytes": rule.lymphocytes}
    parameters |= {"compat": file.gates.compat} if file.gates.compat else {}
    arguments = (*file.arguments, rule.activated, rule.lymphocytes)
    return Step("fcs.treg_gate", METHOD, parameters, file.parents, measure_treg_gate, arguments, file.fcs.name)


def measure_treg_gate(
    path: str, name: str, sha256: str, files: GateFiles, compat: str, activated: str, lymphocytes: str
) -> Measured:
    """Look how the gate uses the five markers (NK-TRG-06 wrong side: no count; NK-TRG-07 not used or not clear)."""
    matrix, found, gated = gated_again(path, name, sha256, files, compat)
    uses = treg_markers(matrix, found.strategy, gated, activated=activated, lymphocytes=lymphocytes)
    value: dict[str, Json] = {marker: uses[marker] for marker in PHENOTYPE}
    wrong = [marker for marker, use in uses.items() if use == "wrong side"]
    if wrong:
        message = (
            f"the gate {activated!r} does not hold Ki-67+ CD127- FoxP3+ CD25hi CD4+ cells: it lies on the wrong "
            f"side of {', '.join(wrong)}. Its count is not used."
        )
        return Measured(None, (Finding("NK-TRG-06", "error", name, message, value),))
    doubtful = [f"{marker} is {use}" for marker, use in uses.items() if use == "not used"]
    doubtful += [f"{marker} has no clear side" for marker, use in uses.items() if use == "no clear side"]
    if not doubtful:
        return Measured(value)
    message = f"The gate {activated!r} may not hold activated Treg alone: {'; '.join(doubtful)}."
    return Measured(value, (Finding("NK-TRG-07", "warning", name, message, value),))
