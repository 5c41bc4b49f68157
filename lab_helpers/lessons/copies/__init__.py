"""The lessons as a person works in them: copies in the work folder, and how one is begun anew."""
