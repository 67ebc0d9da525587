"""Limits of CTCAE v5.0, laboratory terms: one row a term, the clause beside it.

Definition
    Common Terminology Criteria for Adverse Events v5.0 (NCI, 27 November 2017), system organ classes "Blood and
    lymphatic system disorders" and "Investigations", as carried in the grading metadata of pharmaverse admiral.
    Parts of a grade that no laboratory value tells (transfusion indicated, life-threatening) are not in it.
"""

from typing import Final

from nktrial.criteria.ctcae_lab_terms import Absolute, Falling, Relative, Term, WorseOf

__all__ = ["NO_SUCH_TERM_V5", "TERMS_V5"]

# Normal baseline: x ULN; abnormal baseline: x baseline, grade 1 from 1.5 x.
AMINOTRANSFERASE: Final = Relative(
    of_uln=((4, 20.0), (3, 5.0), (2, 3.0), (1, 1.0)),  # >ULN-3; >3-5; >5-20; >20 x ULN
    of_raised_baseline=((4, 20.0), (3, 5.0), (2, 3.0)),  # 1.5-3; >3-5; >5-20; >20 x baseline
    raised_from=1.5,
    raised_from_included=True,
)
AMINOTRANSFERASE_CLAUSE: Final = "normal baseline: x ULN 1, 3, 5, 20; raised baseline: x baseline 1.5, 3, 5, 20"
ALP_GGT: Final = Relative(
    of_uln=((4, 20.0), (3, 5.0), (2, 2.5), (1, 1.0)),  # >ULN-2.5; >2.5-5; >5-20; >20 x ULN
    of_raised_baseline=((4, 20.0), (3, 5.0), (2, 2.5)),  # 2.0-2.5; >2.5-5; >5-20; >20 x baseline
    raised_from=2.0,
    raised_from_included=True,
)
ALP_GGT_CLAUSE: Final = "normal baseline: x ULN 1, 2.5, 5, 20; raised baseline: x baseline 2, 2.5, 5, 20"

TERMS_V5: Final[tuple[Term, ...]] = (
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
    # G1 <LLN-1.5; G2 <1.5-1.0; G3 <1.0-0.5; G4 <0.5 x 10^9/L
    Term(
        "Neutrophil count decreased",
        "count",
        Falling(((4, 0.5), (3, 1.0), (2, 1.5))),
        "G1 <LLN-1.5; G2 <1.5-1.0; G3 <1.0-0.5; G4 <0.5 x 10^9/L",
    ),
    # G1 <LLN-75; G2 <75-50; G3 <50-25; G4 <25 x 10^9/L
    Term(
        "Platelet count decreased",
        "count",
        Falling(((4, 25.0), (3, 50.0), (2, 75.0))),
        "G1 <LLN-75; G2 <75-50; G3 <50-25; G4 <25 x 10^9/L",
    ),
    # G1 <LLN-0.8; G2 <0.8-0.5; G3 <0.5-0.2; G4 <0.2 x 10^9/L
    Term(
        "Lymphocyte count decreased",
        "count",
        Falling(((4, 0.2), (3, 0.5), (2, 0.8))),
        "G1 <LLN-0.8; G2 <0.8-0.5; G3 <0.5-0.2; G4 <0.2 x 10^9/L",
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
    Term("Alkaline phosphatase increased", "enzyme", ALP_GGT, ALP_GGT_CLAUSE),
    Term("GGT increased", "enzyme", ALP_GGT, ALP_GGT_CLAUSE),
    # >ULN-1.5; >1.5-3.0; >3.0-10.0; >10.0 x ULN, or x an abnormal baseline with grade 1 above 1.0 x
    Term(
        "Blood bilirubin increased",
        "bilirubin",
        Relative(
            of_uln=((4, 10.0), (3, 3.0), (2, 1.5), (1, 1.0)),
            of_raised_baseline=((4, 10.0), (3, 3.0), (2, 1.5)),
            raised_from=1.0,
            raised_from_included=False,
        ),
        "normal baseline: x ULN 1, 1.5, 3, 10; raised baseline: x baseline 1, 1.5, 3, 10",
    ),
    # G1 >ULN-1.5 x ULN; G2 >1.5-3.0 x baseline or ULN; G3 >3.0 x baseline, >3.0-6.0 x ULN; G4 >6.0 x ULN
    Term(
        "Creatinine increased",
        "creatinine",
        WorseOf(
            of_uln=((4, 6.0), (3, 3.0), (2, 1.5), (1, 1.0)), of_baseline=((3, 3.0), (2, 1.5)), only_low_baseline=False
        ),
        "x ULN 1, 1.5, 3, 6; x baseline 1.5 (G2), 3 (G3)",
    ),
)
# Words of other versions, and what to do about each.
NO_SUCH_TERM_V5: Final = {
    "thrombocytopenia": "Thrombocytopenia is the term of v6.0; in v5.0 it is Platelet count decreased.",
}
