"""Records of donor shares."""

from nktrial.pipeline.factors import measure_share


def test_a_share_carries_the_purity_that_the_laboratory_states() -> None:
    fit = {"shares": {"D": {"value": 0.6}}, "lod": {"D": 0.02}}
    assert measure_share(fit, "D", 0.96).value == {"value": 0.6, "person": "D", "lod": 0.02, "purity": 0.96}
    assert measure_share(fit, "D").value == {"value": 0.6, "person": "D", "lod": 0.02}
