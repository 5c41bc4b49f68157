"""The frame of the lessons: show Go, edit it, try it, check exercises, keep what a person did."""
