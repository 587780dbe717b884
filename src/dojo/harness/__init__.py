"""The wall: the grader's end of everything between itself and a submission.

Processes, sockets, events and the clients on top of them. It knows nothing of criteria.
"""
