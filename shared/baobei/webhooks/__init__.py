"""Webhooks to the outside: which targets are allowed, how a letter is signed, when it is tried again, who sends."""
