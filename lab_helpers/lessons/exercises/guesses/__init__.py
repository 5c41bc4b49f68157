"""The wrong guesses that many make, beside each prediction: a module for each lesson."""
