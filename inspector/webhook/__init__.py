"""What a webhook is: envelope, models, signature. Pure: no I/O and no clock of its own."""
