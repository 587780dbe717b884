"""The host: the child process in which a submission runs.

It imports a submission once and serves it, event by event, over one inherited socket.
It knows nothing of criteria and imports nothing of the grader's side; everything it says is
evidence, never a verdict.
"""
