"""Limits of CTCAE v6.0, laboratory terms: one row a term, the clause beside it.

Definition
    Common Terminology Criteria for Adverse Events v6.0 (NCI), as carried in the grading metadata of pharmaverse
    admiral. Parts of a grade that no laboratory value tells (transfusion indicated, life-threatening) are not in it.

Not decided here
    Lymphocyte count decreased: it does not stand in that metadata, and whether v6.0 dropped it is not known.
"""

from typing import Final

from nktrial.criteria.ctcae_lab_terms import AboveBoth, Absolute, Falling, Relative, Term, WorseOf

__all__ = ["NO_SUCH_TERM_V6", "TERMS_V6"]

# Baseline normal or lower: x ULN; baseline >ULN: x baseline, grade 1 from the baseline itself.
AMINOTRANSFERASE: Final = Relative(
    of_uln=((4, 20.0), (3, 5.0), (2, 3.0), (1, 1.0)),  # >ULN-3; >3-5; >5-20; >20 x ULN
    of_raised_baseline=((4, 4.0), (3, 2.0), (2, 1.5)),  # 1.0-1.5; >1.5-2.0; >2.0-4.0; >4.0 x baseline
    raised_from=1.0,
    raised_from_included=True,
    grade_3_up_to_uln=5.0,  # ">2.0-4.0 x baseline if baseline was >ULN up to 5 x ULN"
)
AMINOTRANSFERASE_CLAUSE: Final = "normal baseline: x ULN 1, 3, 5, 20; raised baseline: x baseline 1.0, 1.5, 2, 4"

TERMS_V6: Final[tuple[Term, ...]] = (
    # G1 <LLN-10.0; G2 <10.0-8.0; G3 <8.0 g/dL
    Term("Anemia", "hemoglobin", Falling(((3, 8.0), (2, 10.0))), "G1 <LLN-10.0; G2 <10.0-8.0; G3 <8.0 g/dL"),
    # G3 >100,000/mm3
    Term("Leukocytosis", "count", Absolute(((3, 100.0),)), "G3 >100 x 10^9/L"),
    # G1 <LLN-3.0; G2 <3.0-2.0; G3 <2.0-1.0; G4 <1.0 x 10^9/L
    Term(
        "White blood cell decreased",
        "count",
        Falling(((4, 1.0), (3, 2.0), (2, 3.0))),
        "G1 <LLN-3.0; G2 <3.0-2.0; G3 <2.0-1.0; G4 <1.0 x 10^9/L",
    ),
    # G1 <1.5-1.0; G2 <1.0-0.5; G3 <0.5-0.1; G4 <0.1 x 10^9/L: no LLN
    Term(
        "Neutrophil count decreased",
        "count",
        Falling(((4, 0.1), (3, 0.5), (2, 1.0), (1, 1.5)), mildest_below_lln=False),
        "G1 <1.5-1.0; G2 <1.0-0.5; G3 <0.5-0.1; G4 <0.1 x 10^9/L",
    ),
    # G1 <LLN-75; G2 <75-50; G3 <50-10; G4 <10 x 10^9/L
    Term(
        "Thrombocytopenia",
        "count",
        Falling(((4, 10.0), (3, 50.0), (2, 75.0))),
        "G1 <LLN-75; G2 <75-50; G3 <50-10; G4 <10 x 10^9/L",
    ),
    # G2 >4-20; G3 >20 x 10^9/L
    Term("Lymphocyte count increased", "count", Absolute(((3, 20.0), (2, 4.0))), "G2 >4-20; G3 >20 x 10^9/L"),
    # G1 <LLN-500; G2 <500-200; G3 <200-50; G4 <50 /mm3
    Term(
        "CD4 lymphocytes decreased",
        "count",
        Falling(((4, 0.05), (3, 0.2), (2, 0.5))),
        "G1 <LLN-500; G2 <500-200; G3 <200-50; G4 <50 /uL",
    ),
    Term("Alanine aminotransferase increased", "enzyme", AMINOTRANSFERASE, AMINOTRANSFERASE_CLAUSE),
    Term("Aspartate aminotransferase increased", "enzyme", AMINOTRANSFERASE, AMINOTRANSFERASE_CLAUSE),
    # G1 >baseline and >ULN; no further grade
    Term("Alkaline phosphatase increased", "enzyme", AboveBoth(), "G1 above baseline and ULN; no further grade"),
    # >ULN-2.5; >2.5-5; >5-20; >20 x ULN; baseline >ULN: 1.0-1.5; >1.5-3.0; >3.0-10.0; >10.0 x baseline
    Term(
        "GGT increased",
        "enzyme",
        Relative(
            of_uln=((4, 20.0), (3, 5.0), (2, 2.5), (1, 1.0)),
            of_raised_baseline=((4, 10.0), (3, 3.0), (2, 1.5)),
            raised_from=1.0,
            raised_from_included=True,
        ),
        "normal baseline: x ULN 1, 2.5, 5, 20; raised baseline: x baseline 1.0, 1.5, 3, 10",
    ),
    # >ULN-1.5; >1.5-3; >3-10; >10 x ULN; baseline >ULN: 1.0-1.5; >1.5-2.5; >2.5-10; >10 x baseline
    Term(
        "Blood bilirubin increased",
        "bilirubin",
        Relative(
            of_uln=((4, 10.0), (3, 3.0), (2, 1.5), (1, 1.0)),
            of_raised_baseline=((4, 10.0), (3, 2.5), (2, 1.5)),
            raised_from=1.0,
            raised_from_included=True,
        ),
        "normal baseline: x ULN 1, 1.5, 3, 10; raised baseline: x baseline 1.0, 1.5, 2.5, 10",
    ),
    # x ULN as v5; x baseline only "if baseline is below LLN"
    Term(
        "Creatinine increased",
        "creatinine",
        WorseOf(
            of_uln=((4, 6.0), (3, 3.0), (2, 1.5), (1, 1.0)), of_baseline=((3, 3.0), (2, 1.5)), only_low_baseline=True
        ),
        "x ULN 1, 1.5, 3, 6; baseline below LLN: x baseline 1.5 (G2), 3 (G3)",
    ),
)
# Words that v6.0 does not have, or may not have, and what to do about each.
NO_SUCH_TERM_V6: Final = {
    "lymphocyte count decreased": (
        "the source at hand of v6.0 (pharmaverse admiral metadata) has no such term, and whether v6.0 dropped it is "
        "not known; check the NCI file, or grade it by v5.0 and say so."
    ),
    "platelet count decreased": "Platelet count decreased is the term of v5.0; in v6.0 it is Thrombocytopenia.",
}
