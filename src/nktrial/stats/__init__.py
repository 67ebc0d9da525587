"""Statistics of a cohort."""
