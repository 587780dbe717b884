"""The proof of a grader: known submissions with known verdicts, and nothing left to belief."""
