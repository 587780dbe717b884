"""Teaching: what instructors give away and get back: handouts, bundles, rosters, gradebooks."""
