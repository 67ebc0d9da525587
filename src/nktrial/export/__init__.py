"""Results to files: results.json, tables, figures, written whole or not at all."""
