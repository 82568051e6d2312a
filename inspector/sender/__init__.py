"""The sending half: synthetic events, one exact HTTP exchange, deliveries."""
