"""Blood counts: the absolute lymphocyte count of a sample from the laboratory's rows."""

from nktrial.blood.lymphocytes import LymphocyteCount, NotEvaluable, absolute_lymphocytes

__all__ = ["LymphocyteCount", "NotEvaluable", "absolute_lymphocytes"]
