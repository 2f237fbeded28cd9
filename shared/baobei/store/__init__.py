"""The facts, in PostgreSQL: one module an aggregate, each SQL constant above the function that uses it.

Functions take a connection and commit nothing; the batch form comes first. Every statement names the
alliance.
"""
