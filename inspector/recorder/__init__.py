"""The receiving half: capture, the bounded log and what is read out of it."""
