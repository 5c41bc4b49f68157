"""From a line of Envoy's log to a picture: line, event, board, snapshot.

Plain Python that imports nothing of the lab: no widgets, no drawing, no input or output.
"""
