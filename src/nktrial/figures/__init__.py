"""Results to Vega-Lite specifications, SVG and PNG."""
