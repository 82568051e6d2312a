"""What the pytest plugin stands on: a running inspector as an object for tests."""
