"""Gates that the data draw: densities, cuts, outlines and ellipses on the display scale, each with its quality."""
