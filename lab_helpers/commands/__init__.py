"""The commands of `lab`, as a person types them in a terminal."""
