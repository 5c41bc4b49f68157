"""An easier way into an exercise: the lines of a solution, to be put in order."""
