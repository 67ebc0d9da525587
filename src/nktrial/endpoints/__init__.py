"""Protocol outcomes of one patient."""
