"""The mock Conversations service: an app that is pointed here, in place of the real API, cannot tell the difference.

What it does here fires the right webhooks. `state.py` is the service itself and knows no HTTP; `routes.py` is its REST
face. Everything that the real service leaves open stands in `settings.py`.
"""
