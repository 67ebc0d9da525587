"""The only place where verbs meet: ingest, measure, derive, summarise, each step written as a record."""
