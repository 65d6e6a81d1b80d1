"""Training: what a fit does, records and resumes."""
