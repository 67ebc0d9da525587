"""Records in SQLite. The only package that speaks SQL."""
