"""The labs: collaborators of a submission that run on the grader's side of the wall."""
