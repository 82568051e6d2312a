"""How the ingredients of a signature go wrong: URL, body and the rest, as `mistakes.py` lists them."""
