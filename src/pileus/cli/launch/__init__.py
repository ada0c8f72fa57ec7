"""Bringing a cloud up: the steps of `pileus up`, what it is furnished with, and the throw-away kind."""
