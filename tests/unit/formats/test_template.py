"""Gating templates: what is read, and what is refused where."""

from pathlib import Path

import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.template import load_template, read_template, shipped_templates
from nktrial.formats.window import Window
from nktrial.model.template import CutRule, Fallback, OutlineRule, ScaleRule, rule_order

HEAD = 'schema = "nktrial-template/1"\nname = "t"\n'
GOOD = (
    HEAD
    + """\
title = "A template"
compensation = "none"

[scale]
kind = "asinh"
cofactor = 150

[markers.CD3]
synonyms = ["HIT3a"]
channels = ["FL3-H"]
scale = { kind = "as_is" }

[[population]]
name = "Singlets"
outline = { markers = ["FSC-A", "FSC-H"], method = "singlets", level = 0.95 }
if_missing = "skip"

[[population]]
name = "T"
parent = "Singlets"
cuts = [
  { marker = "CD3", side = "+", method = "valley", within = [0.2, 0.6], on_failure = { method = "mad", k = 2 } },
  { marker = "CD14", side = "-", method = "tail", optional = true, on_failure = 0.4 },
]
note = "why"

[[population]]
name = "rest"
without = ["T"]
"""
)


def read(text: str) -> None:
    read_template(Window(text.encode(), "t.toml"))


def test_every_key_arrives() -> None:
    template = read_template(Window(GOOD.encode(), "t.toml"))
    assert (template.name, template.title, template.compensate) == ("t", "A template", False)
    assert template.scale == ScaleRule("asinh", cofactor=150.0)
    rule = template.markers["CD3"]
    assert (rule.synonyms, rule.channels, rule.scale) == (("HIT3a",), ("FL3-H",), ScaleRule("as_is"))
    singlets, t, rest = template.populations
    assert singlets.outline == OutlineRule("FSC-A", "FSC-H", "singlets", {"level": 0.95})
    assert singlets.if_missing == "skip"
    assert t.cuts == (
        CutRule("CD3", "+", "valley", {"within": (0.2, 0.6)}, on_failure=Fallback("mad", {"k": 2})),
        CutRule("CD14", "-", "tail", {}, on_failure=0.4, optional=True),
    )
    assert (t.parent, t.note, t.markers) == ("Singlets", "why", ("CD3", "CD14"))
    assert (rest.parent, rest.without) == (None, ("T",))


@pytest.mark.parametrize("name", shipped_templates())
def test_shipped_templates_are_sound(name: str) -> None:
    template = load_template(name)
    assert template.name == name
    assert rule_order(template.populations)[1] == ()


def test_the_promised_templates_are_shipped() -> None:
    assert {"nk", "treg", "ball_mrd", "tbnk"} <= set(shipped_templates())


def test_a_template_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_template(str(path)).name == "t"


POPULATION = '[[population]]\nname = "A"\n'
CUT = 'cuts = [{ marker = "CD3", side = "+", method = "valley" }]\n'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("schema = [", "NK-TPL-01", "not TOML"),
        ("\x00", "NK-TPL-01", "NUL"),
        ('schema = "nktrial-template/9"\nname = "t"\n', "NK-TPL-02", "nktrial-template/9"),
        ('name = "t"\n', "NK-TPL-02", "None"),
        (HEAD + POPULATION + CUT + 'parnet = "A"\n', "NK-TPL-03", "line 6.*Did you mean parent"),
        (HEAD + POPULATION + 'cuts = [{ side = "+", method = "valley" }]\n', "NK-TPL-04", "line 5.*'marker'"),
        (HEAD, "NK-TPL-04", "population"),
        (HEAD + POPULATION + CUT.replace('"+"', '"plus"'), "NK-TPL-05", "line 5.*'side' is 'plus'"),
        (HEAD + '[[population]]\nname = "a/b"\n' + CUT, "NK-TPL-05", "line 4: 'a/b' cannot be"),
        (HEAD + POPULATION + CUT.replace('"valley"', '"valey"'), "NK-TPL-06", "'valey'.*Did you mean valley"),
        (
            HEAD + POPULATION + 'outline = { markers = ["a", "b"], method = "blob" }\n',
            "NK-TPL-06",
            "'blob'.*Known here: singlets",
        ),
        (HEAD + POPULATION + CUT.replace(" }", ", toleranc = 0.1 }"), "NK-TPL-07", "'valley' does not take 'toleranc'"),
        (HEAD + POPULATION + CUT.replace(" }", ", adjust = -1 }"), "NK-TPL-07", "'adjust' is '-1'"),
        (HEAD + POPULATION + CUT.replace(" }", ", adjst = 1 }"), "NK-TPL-07", "Did you mean adjust"),
        (HEAD + POPULATION + 'parent = "Lymphs"\n' + CUT, "NK-TPL-08", "line 5.*'Lymphs'"),
        (HEAD + POPULATION + 'without = ["B"]\n', "NK-TPL-08", "'B'"),
        (
            HEAD + POPULATION + 'parent = "B"\n' + CUT + POPULATION.replace("A", "B") + 'parent = "A"\n' + CUT,
            "NK-TPL-09",
            "'A', 'B'",
        ),
        (HEAD + POPULATION + CUT + POPULATION + CUT, "NK-TPL-10", "line 7.*'A'"),
        (HEAD + POPULATION, "NK-TPL-11", "found none of them"),
        (HEAD + POPULATION + CUT + 'any_of = ["A"]\n', "NK-TPL-11", "cuts and any_of"),
        (HEAD + POPULATION + CUT.replace('"+"', '"between"'), "NK-TPL-11", "gives one bound"),
        (
            HEAD + POPULATION + CUT.replace('"valley"', '"fixed", value = 1').replace('"+"', '"between"'),
            "NK-TPL-11",
            "value and high",
        ),
        (HEAD + POPULATION + CUT.replace('"valley"', '"quantile"'), "NK-TPL-11", "control"),
        (
            HEAD + POPULATION + CUT.replace('"valley"', '"boundary", on_failure = 1').replace('"+"', '"between"'),
            "NK-TPL-11",
            "fallback",
        ),
        (HEAD + POPULATION + CUT.replace('"valley"', '"same"'), "NK-TPL-11", "'same'"),
        (
            HEAD + POPULATION + CUT.replace("}]", '}, { marker = "CD3", side = "+", method = "mad" }]'),
            "NK-TPL-11",
            "two",
        ),
        (HEAD + POPULATION + 'outline = { markers = ["a", "b"], method = "backgate" }\n', "NK-TPL-11", "Add of"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, code: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read(text)
    assert caught.value.code == code
    assert "t.toml" in str(caught.value)


def test_further_problems_are_counted() -> None:
    with pytest.raises(SourceError, match="1 more problem"):
        read(HEAD + POPULATION + CUT + "a = 1\nb = 2\n")


def test_a_name_that_is_no_template() -> None:
    with pytest.raises(SourceError, match="Did you mean treg") as caught:
        load_template("tregs")
    assert caught.value.code == "NK-TPL-12"
