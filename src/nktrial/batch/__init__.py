"""Execution of many files. Empty until studies outgrow one machine."""
