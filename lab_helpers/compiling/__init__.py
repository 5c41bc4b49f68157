"""From a filter's source to a module: the command, its cache, its failures, what came out."""
