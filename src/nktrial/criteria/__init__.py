"""Published rules about one assessment. Empty until the criteria of response, toxicity and engraftment arrive."""
