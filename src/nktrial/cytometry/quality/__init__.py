"""Quality of a file of events: margins, order and rate of acquisition, stable signals, doublets, dead cells."""
