"""The site: a cohort as static pages that need no script, no colour and nothing from elsewhere."""
