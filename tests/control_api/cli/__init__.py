"""The command line, run as a program against an API that answers as a test says."""
