"""The servers that we are measured against, each a program of its own that prints its address once it is ready."""
