"""The attribution policy: values in, decisions out.

Pure: no I/O beyond the documents that ship with it, no clock, no randomness, no logging. Every
instant is passed in, aware; every number comes from a policy document.
"""
