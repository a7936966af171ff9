"""Stream processors: Faust apps, one per file. Each reads topics, calls the language part, writes topics."""
