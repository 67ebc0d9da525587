"""Laboratory counts to cells per microlitre."""
