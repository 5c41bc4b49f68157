"""Exercises, guesses and trials, what a person did of them, and the solutions."""
