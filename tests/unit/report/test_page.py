"""The page as HTML: complete, closed, escaped, deterministic, walkable."""

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from nktrial.core.errors import MethodError
from nktrial.figures.catalog import study_figures
from nktrial.model.results import Sensitivity, StudyResults
from nktrial.report.page import render_report

EVIL = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def figures(study: StudyResults) -> dict[str, str]:
    return dict(study_figures(study))


@pytest.fixture(scope="module")
def text(study: StudyResults, figures: dict[str, str]) -> str:
    return render_report(study, figures)


@pytest.fixture(scope="module")
def page(text: str) -> Any:
    return html.document_fromstring(text)


def test_the_page_loads_nothing(page: Any, text: str) -> None:
    assert not page.xpath("//script|//link|//iframe|//object|//embed|//form|//base")
    loads = [
        *page.xpath("//@src"),
        *page.xpath("//@href"),
        *page.xpath("//@*[name()='xlink:href']"),
        *page.xpath("//@style"),
    ]
    assert loads
    assert all(load.startswith(("#", "data:image/png;base64,")) for load in loads)
    urls = set(re.findall(r"https?://[^\"'\s<]+", text))
    assert urls <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"url\((?!#)|@import|@font-face", text)


def test_the_policy_admits_the_style_sheet_and_nothing_else(page: Any) -> None:
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,) = page.xpath("//style/text()")
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{seal}'" in policy
    assert "script" not in policy


def test_the_same_results_give_the_same_bytes(study: StudyResults, text: str) -> None:
    assert render_report(study) == text


def test_ids_are_unique_and_every_link_arrives(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(set(ids)) == len(ids)
    links = {link[1:] for link in page.xpath("//@href") if link.startswith("#")}
    references = {name for names in page.xpath("//@aria-labelledby") for name in names.split()}
    assert links | references <= set(ids)


def test_quarantined_files_stand_before_any_number(page: Any, study: StudyResults) -> None:
    first, second = page.xpath("//main/section")[:2]
    assert first.get("class") == "quarantine"
    assert second.get("id") == "result"
    words = first.text_content()
    assert all(
        part in words
        for fault in study.quarantine
        for part in (fault.file, fault.message, fault.code, fault.subject_id)
    )


def test_without_quarantine_the_result_comes_first(study: StudyResults, figures: dict[str, str]) -> None:
    page: Any = html.document_fromstring(render_report(replace(study, quarantine=()), figures))
    assert page.xpath("//main/section")[0].get("id") == "result"


def test_the_first_screen_tells_who_succeeded_and_what_stands_against_it(page: Any) -> None:
    rows = {row.xpath("string(th/a)"): row for row in page.xpath("//table[@class='result']/tbody/tr")}
    assert list(rows) == ["S01", "S02", "S03"]
    words = {who: " ".join(row.text_content().split()) for who, row in rows.items()}
    assert all(part in words["S01"] for part in ("✓ Success", "157", "131 to 186", "> 0.99"))
    assert "cannot be told apart" in words["S01"]
    assert "MADE-UP-1" in words["S01"]
    assert "No success" in words["S02"]
    assert "Not evaluable" in words["S03"]
    assert "no blood sample between day 12 and day 16" in words["S03"]


def test_every_number_of_the_first_screen_carries_its_record(page: Any, study: StudyResults) -> None:
    (table,) = page.xpath("//table[@class='result']")
    for number in table.iter("data"):
        assert number.get("data-record") in study.records
        float(number.get("value"))
    body: Any = html.fromstring(html.tostring(table.find("tbody")))
    for element in body.xpath(".//*[@data-record]|.//a|.//*[@class='minor']"):
        element.drop_tree()
    assert "Success" in body.text_content()
    assert not re.search(r"\d", body.text_content())


def test_every_number_of_the_page_carries_a_record_that_the_appendix_lists(page: Any, study: StudyResults) -> None:
    named = set(page.xpath("//*/@data-record"))
    assert len(named) > 30
    assert named <= set(study.records)
    assert {f"r-{identity}" for identity in study.records} == set(page.xpath("//article/@id"))


def test_the_appendix_leads_from_the_endpoint_to_the_bytes(page: Any, study: StudyResults) -> None:
    at, seen = f"r-{study.subjects[0].expansion.record}", []
    while at.startswith("r-"):
        (entry,) = page.xpath("//article[@id=$at]", at=at)
        seen.append(at)
        at = entry.xpath(".//a/@href")[0][1:]
    assert len(seen) == 4
    (row,) = page.xpath("//tr[@id=$at]", at=at)
    assert row.xpath("string(th)") == "counts.csv"


def test_the_page_ends_with_methods_inputs_findings_root_and_trace(page: Any, study: StudyResults) -> None:
    assert page.xpath("//main/section/@id")[-4:] == ["methods", "inputs", "findings", "appendix"]
    words = page.text_content()
    for record in study.records.values():
        assert record.method.label in words
        assert record.method.source in words
    assert all(source.sha256 in words and source.name in words for source in study.sources)
    assert study.root in words
    assert f"nktrial trace STUDY {study.subjects[0].expansion.record[:8]}" in words


def test_each_figure_stands_once_with_title_and_description(page: Any, figures: dict[str, str]) -> None:
    drawn = page.xpath("//svg[@class='figure']")
    assert len(drawn) == len(figures)
    for figure in drawn:
        title, description = (page.get_element_by_id(name) for name in figure.get("aria-labelledby").split())
        assert title.text
        assert description.text


def test_tables_have_captions_and_headings_do_not_skip_a_level(page: Any) -> None:
    assert all(table.find("caption") is not None for table in page.iter("table"))
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_markup_in_the_studys_own_words_stays_text(study: StudyResults) -> None:
    subject = study.subjects[0]
    gates = tuple(replace(gate, file=EVIL, path=f"{EVIL}/{gate.path}", x_label=EVIL) for gate in subject.gates[:1])
    views = tuple(replace(view, sample_id=EVIL, fraction_typed=EVIL) for view in subject.chimerism)
    series = tuple(replace(point, sample_id=EVIL, reason=EVIL) for point in subject.series)
    facts = ((EVIL, EVIL),)
    hostile = replace(subject, subject_id=EVIL, facts=facts, gates=gates, chimerism=views, series=series)
    fault = replace(study.quarantine[0], file=EVIL, message=EVIL, subject_id=EVIL)
    source = replace(study.sources[0], name=EVIL)
    worst = replace(
        study, title=EVIL, study_id=EVIL, rule=((EVIL, EVIL),), subjects=(hostile,), quarantine=(fault,),
        sources=(source, *study.sources[1:]),
    )  # fmt: skip
    text = render_report(worst)
    assert "<script" not in text.lower()
    assert text.count("&lt;script&gt;") > 10
    html.document_fromstring(text)


def test_nk_rep_01_a_number_without_its_record_is_not_shown(study: StudyResults, figures: dict[str, str]) -> None:
    with pytest.raises(MethodError, match="NK-REP-01"):
        render_report(replace(study, records={}), figures)


def test_an_empty_study_has_a_page() -> None:
    text = render_report(StudyResults("ST", "Title", (), (12, 16), 100.0, (), (), ()))
    assert "The study has no patient." in text


def test_the_comparison_is_worded_as_the_protocol_says(study: StudyResults, figures: dict[str, str]) -> None:
    strict = render_report(study, figures)
    inclusive = render_report(replace(study, comparison=">="), figures)
    assert "NK cells exceed 100" in strict
    assert "NK cells reach 100" in inclusive
    assert "P(≥\u202f100)" in inclusive
    assert "P(≥" not in strict


def test_what_it_would_have_been_is_not_shown_as_the_protocols_answer(
    study: StudyResults, figures: dict[str, str]
) -> None:
    row = Sensitivity("chimerism of WB", 160.0, True, "not the protocol's answer: unseparated blood")  # noqa: FBT003
    third = study.subjects[2]
    changed = replace(third, expansion=replace(third.expansion, sensitivity=(row,)))
    page = html.document_fromstring(render_report(replace(study, subjects=(*study.subjects[:2], changed)), figures))
    (section,) = page.xpath("//section[@id='patient-3']")
    words = " ".join(section.text_content().split())
    assert "Not the protocol's answer. By the protocol S03 is not evaluable" in words
    assert "chimerism of WB" in words
    assert "would have been success" in words
    assert "decided otherwise" not in words
    (result,) = page.xpath("//section[@id='result']")
    assert "160" not in result.xpath(".//tbody/tr[3]")[0].text_content()


def test_a_locus_with_alleles_below_the_threshold_is_marked_and_explained(study: StudyResults) -> None:
    first = study.subjects[0]
    view = first.chimerism[1]
    assert [share.person for share in view.contributors] == ["S01", "S01-D1"]
    unseen = replace(
        view.loci[0], alleles=("7", "9"), observed_rfu=(900.0, 0.0), expected_rfu=(880.0, 31.0), classical_share=0.0
    )
    changed = replace(first, chimerism=(replace(view, loci=(unseen, *view.loci[1:])),))
    results = replace(study, subjects=(changed, *study.subjects[1:]))
    page = html.document_fromstring(render_report(results))
    (row,) = page.xpath(f"//section[@id='patient-1']//tr[th='{unseen.marker}'][contains(., '▽')]")
    assert "▽" in row.xpath("td[3]")[0].text_content()
    words = " ".join(page.xpath("//section[@id='patient-1']")[0].text_content().split())
    assert words.count("▽ alleles of S01-D1 below the threshold here") == 1


@pytest.mark.parametrize("reason", ["no sample", "no sample.", "no sample [NK-RUN-05]"])
def test_a_reason_ends_with_one_full_stop(reason: str, study: StudyResults, figures: dict[str, str]) -> None:
    third = study.subjects[2]
    changed = replace(third, expansion=replace(third.expansion, reason=reason, success=False))
    page = html.document_fromstring(render_report(replace(study, subjects=(*study.subjects[:2], changed)), figures))
    told = " ".join(page.xpath("//section[@id='patient-3']/p[@class='reason']")[0].text_content().split())
    end = reason if reason.endswith((".", "]")) else f"{reason}."
    assert told.startswith(f"Not evaluable: {end} Counted as no success, as the protocol says. ")
